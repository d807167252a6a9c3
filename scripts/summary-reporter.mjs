// A vitest reporter: leaves the counts of the run in the file that CONVSCOPE_TEST_COUNTS names, for `npm test`.
import { writeFileSync } from "node:fs";
import { env } from "node:process";
import { countTests } from "./test-counts.mjs";

export default class SummaryReporter {
  onTestRunEnd(modules, unhandledErrors) {
    writeFileSync(env.CONVSCOPE_TEST_COUNTS, JSON.stringify(countTests(modules, unhandledErrors)));
  }
}
