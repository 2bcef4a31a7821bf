/** How many tests of a suite went how. */
export type Counts = { passed: number; failed: number; skipped: number }

/** Adds up the counts of several suites. */
export function sumCounts(all: readonly Counts[]): Counts {
  return all.reduce(
    (sum, { passed, failed, skipped }) => ({
      passed: sum.passed + passed,
      failed: sum.failed + failed,
      skipped: sum.skipped + skipped,
    }),
    { passed: 0, failed: 0, skipped: 0 },
  )
}

/** The closing line and the tail of every suite's line. */
export function printCounts({ passed, failed, skipped }: Counts): string {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`
}

/**
 * Counts what jest wrote about a run.
 *
 * A test file that could not be run at all counts as one failed test, and so does a run that ended
 * badly without saying why, or that ran nothing: silence must never look like success.
 *
 * @param report text of the file that `--outputFile` names; undefined when there is none
 * @param exitCode of the jest process
 */
export function countJest(report: string | undefined, exitCode: number): Counts {
  const result = parse(report)
  if (result === undefined) return { passed: 0, failed: 1, skipped: 0 }
  const passed = numberAt(result, 'numPassedTests')
  const skipped = numberAt(result, 'numPendingTests') + numberAt(result, 'numTodoTests')
  const failed = numberAt(result, 'numFailedTests') + numberAt(result, 'numRuntimeErrorTestSuites')
  const isSilent = failed === 0 && (exitCode !== 0 || passed + skipped === 0)
  return { passed, failed: isSilent ? 1 : failed, skipped }
}

function parse(report: string | undefined): object | undefined {
  try {
    const value: unknown = JSON.parse(report ?? '')
    return typeof value === 'object' && value !== null ? value : undefined
  } catch {
    return undefined
  }
}

function numberAt(result: object, name: string): number {
  const value: unknown = Object.entries(result).find(([key]) => key === name)?.[1]
  return typeof value === 'number' ? value : 0
}
