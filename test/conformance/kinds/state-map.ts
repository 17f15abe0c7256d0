/** Cases of what a batch makes of a state of several keys. A base that another case makes is what that one expects. */
import { check } from "../compare.ts";
import type { Environment } from "../environment.ts";
import { NotYet } from "../not-yet.ts";
import { checkFields, Parameters } from "../parameters.ts";
import { statements } from "../state-functions.ts";
import type { Case } from "../table.ts";
import { stateFunction } from "./map-with-state.ts";

type Entry = readonly [key: {}, state: {}, time: number];

export async function stateMap(item: Case, environment: Environment): Promise<void> {
  checkFields(item, ["data", "expectedStates"]);
  const parameters = new Parameters(item.parameters);
  const isInitial = item.operation.endsWith("fromInitial");
  const base = isInitial ? (item.data as Entry[]) : baseOf(parameters, environment);
  for (const name of ["base", "resultName", "initialStates", "updateTimeMs"]) parameters.take(name);
  const spec = stateFunction(isInitial ? [] : statements(parameters.text("fn") ?? ""), false);
  const partitions = parameters.number("numPartitions");
  if (partitions !== undefined) spec.numPartitions(partitions);
  parameters.checkAllTaken(item.operation);
  await environment.withTester({ batchDuration: 1000 }, async (tester) => {
    const pairs = base.map(([key, state]) => [key, state] as [{}, {}]);
    spec.initialState(tester.ssc.sparkContext.parallelize(pairs, 2) as never);
    const input = tester.input([[], isInitial ? [] : (item.data as [{}, {}][])]);
    const snapshots = tester.output(input.mapWithState(spec as never).stateSnapshots());
    await tester.start();
    await tester.advance("2 seconds");
    if (tester.failure !== undefined) throw tester.failure;
    const expected = (item.expectedStates as Entry[]).map(([key, state]) => [key, state]);
    check(pairs, snapshots.records[0], { mode: "set" }, "the base");
    check(expected, snapshots.records[1], { mode: item.compare ?? "set" }, "the state");
  });
}

function baseOf(parameters: Parameters, environment: Environment): readonly Entry[] {
  const base = parameters.text("base") ?? "init";
  if (base === "init") return parameters.take("initialStates") as Entry[];
  const maker = environment.cases.find(
    ({ kind, parameters: { resultName } }) => kind === "state-map" && resultName === base,
  );
  if (maker === undefined) throw new NotYet(`a base that no case makes: ${base}`);
  return maker.expectedStates as Entry[];
}
