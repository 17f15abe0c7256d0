/**
 * Tests of streaming programs: batches in, batches out, and a clock that the test turns.
 *
 * @module
 */
export { ManualClock } from "../platform/manual-clock.ts";
export type { Batches, Comparison } from "./batches.ts";
export { type InputUnderTest, type OpenInput, testInputDStream } from "./input-suite.ts";
export type { RegisterCase, SuiteSettings } from "./register-case.ts";
export { type OpenSource, type SourceUnderTest, testSource } from "./source-suite.ts";
export { type OpenStateStore, testStateStore } from "./state-store-suite.ts";
export { type CollectedBatches, StreamTester, type StreamTesterOptions } from "./stream-tester.ts";
export { type OneInputTest, type TestSettings, type TwoInputsTest, testOperation } from "./test-operation.ts";
