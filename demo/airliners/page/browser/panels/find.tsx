import { show } from "../map/map.tsx";
import { airports, fleet, flights, selectionOf } from "../state.ts";

/** Goes to a plane or an airport by its name. */
export function Find() {
  return (
    <search class="find">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          const input = event.currentTarget.elements.namedItem("name") as HTMLInputElement;
          const found = selectionOf(input.value.trim()) ?? selectionOf(input.value.trim().toUpperCase());
          input.setCustomValidity(found ? "" : "There is no such plane or airport.");
          input.reportValidity();
          if (found) show(found);
        }}
      >
        <input
          name="name"
          list="names"
          aria-label="Plane or airport"
          placeholder="Find MR039 or OSL"
          autocomplete="off"
          spellcheck={false}
          onInput={(event) => event.currentTarget.setCustomValidity("")}
        />
        <Names />
      </form>
    </search>
  );
}

function Names() {
  void flights.value;
  return (
    <datalist id="names">
      {[...airports.value.values()].map(({ code, name }) => (
        <option key={code} value={code} label={name} />
      ))}
      {[...fleet.planes.values()].map(({ name, from, to }) => (
        <option key={name} value={name} label={`${from} to ${to}`} />
      ))}
    </datalist>
  );
}
