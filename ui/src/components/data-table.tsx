import { type Signal, signal } from "@preact/signals";
import { Component, type ComponentChildren } from "preact";
import { count } from "../format.ts";
import { Nothing } from "./section.tsx";

export interface Column<Row> {
  readonly id: string;
  readonly title: string;
  /** Set to the right, in figures of one width. */
  readonly numeric?: boolean;
  /** Never broken into lines. */
  readonly whole?: boolean;
  /** What rows are ordered by; without it, nobody can sort by this column. Missing values come last. */
  readonly sortBy?: (row: Row) => number | string | undefined;
  readonly cell: (row: Row) => ComponentChildren;
}

/** A column of figures: `of` is what rows are ordered by, too. */
export function figureColumn<Row>(
  id: string,
  title: string,
  of: (row: Row) => number | undefined,
  format: (n: number | undefined) => string = count,
): Column<Row> {
  return { id, title, numeric: true, sortBy: of, cell: (row) => format(of(row)) };
}

interface DataTableProps<Row> {
  /** Which table it is: how it is sorted and which page is shown stay while one looks at other pages. */
  readonly id: string;
  /** The id of its heading. */
  readonly labelledBy: string;
  /** The same array each time, or every row is drawn each time. */
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly keyOf: (row: Row) => number | string;
  /** The column that it is sorted by at first, falling; as the rows come, if there is none. */
  readonly newestBy?: string;
  readonly empty: ComponentChildren;
}

interface View {
  readonly sortedBy: string | undefined;
  readonly falling: boolean;
  readonly page: number;
  readonly pageSize: number;
}

const PAGE_SIZES = [20, 50, 100];
const views = new Map<string, Signal<View>>();

function viewOf(id: string, newestBy: string | undefined): Signal<View> {
  let view = views.get(id);
  if (view === undefined) {
    view = signal<View>({ sortedBy: newestBy, falling: newestBy !== undefined, page: 0, pageSize: PAGE_SIZES[0]! });
    views.set(id, view);
  }
  return view;
}

/** A table that is sorted by its heads and shown page by page. */
export function DataTable<Row>({ id, labelledBy, columns, rows, keyOf, newestBy, empty }: DataTableProps<Row>) {
  const view = viewOf(id, newestBy);
  if (rows.length === 0) return <Nothing>{empty}</Nothing>;
  const { page, pageSize, ...order } = view.value;
  const pages = Math.ceil(rows.length / pageSize);
  const shown = Math.min(page, pages - 1);
  const sorted = sort(rows, columns, order).slice(shown * pageSize, (shown + 1) * pageSize);
  return (
    <>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by key */}
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset is of a form */}
      <div class="table-scroll" tabIndex={0} role="group" aria-labelledby={labelledBy}>
        <table aria-labelledby={labelledBy}>
          <thead>
            <tr>
              {columns.map((column) => (
                <Head key={column.id} column={column} view={view} />
              ))}
            </tr>
          </thead>
          <tbody>
            {sorted.map((row) => (
              <TableRow key={keyOf(row)} row={row} columns={columns as readonly Column<unknown>[]} />
            ))}
          </tbody>
        </table>
      </div>
      {rows.length > PAGE_SIZES[0]! && (
        <Pager view={view} shown={shown} pages={pages} total={rows.length} of={labelledBy} />
      )}
    </>
  );
}

function Head<Row>({ column, view }: { readonly column: Column<Row>; readonly view: Signal<View> }) {
  const { id, title, numeric, sortBy } = column;
  const { sortedBy, falling } = view.value;
  const sorted = sortedBy === id;
  const sortThis = () => {
    view.value = { ...view.value, sortedBy: id, falling: sorted ? !falling : numeric === true, page: 0 };
  };
  return (
    <th
      scope="col"
      class={numeric ? "numeric" : undefined}
      aria-sort={sorted ? (falling ? "descending" : "ascending") : undefined}
    >
      {sortBy === undefined ? (
        title
      ) : (
        <button type="button" onClick={sortThis}>
          {title}
          {sorted && <span aria-hidden="true">{falling ? "▾" : "▴"}</span>}
        </button>
      )}
    </th>
  );
}

interface TableRowProps {
  readonly row: unknown;
  readonly columns: readonly Column<unknown>[];
}

/** Drawn again only when its row is another object. */
class TableRow extends Component<TableRowProps> {
  override shouldComponentUpdate(next: TableRowProps): boolean {
    return next.row !== this.props.row || next.columns !== this.props.columns;
  }

  override render({ row, columns }: TableRowProps) {
    return (
      <tr>
        {columns.map(({ id, numeric, whole, cell }) => (
          <td key={id} class={numeric ? "numeric" : whole ? "whole" : undefined}>
            {cell(row)}
          </td>
        ))}
      </tr>
    );
  }
}

interface PagerProps {
  readonly view: Signal<View>;
  readonly shown: number;
  readonly pages: number;
  readonly total: number;
  readonly of: string;
}

function Pager({ view, shown, pages, total, of }: PagerProps) {
  const turnTo = (page: number) => {
    view.value = { ...view.value, page };
  };
  const { pageSize } = view.value;
  const sizeId = `${of}-page-size`;
  return (
    <nav class="pager" aria-labelledby={of}>
      <button type="button" class="control" disabled={shown === 0} onClick={() => turnTo(shown - 1)}>
        Previous
      </button>
      <span class="pager-where">
        {count(shown * pageSize + 1)}–{count(Math.min(total, (shown + 1) * pageSize))} of {count(total)}
      </span>
      <button type="button" class="control" disabled={shown >= pages - 1} onClick={() => turnTo(shown + 1)}>
        Next
      </button>
      <label class="pager-size" for={sizeId}>
        Rows{" "}
        <select
          class="control"
          id={sizeId}
          value={pageSize}
          onChange={({ currentTarget }) => {
            view.value = { ...view.value, page: 0, pageSize: Number(currentTarget.value) };
          }}
        >
          {PAGE_SIZES.map((size) => (
            <option key={size} value={size}>
              {size}
            </option>
          ))}
        </select>
      </label>
    </nav>
  );
}

function sort<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  { sortedBy, falling }: Pick<View, "sortedBy" | "falling">,
) {
  const by = columns.find(({ id }) => id === sortedBy)?.sortBy;
  if (by === undefined) return rows;
  const sign = falling ? -1 : 1;
  return [...rows].sort((rowA, rowB) => {
    const [a, b] = [by(rowA), by(rowB)];
    if (a === undefined || b === undefined) return a === b ? 0 : a === undefined ? 1 : -1;
    return sign * (typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b)));
  });
}
