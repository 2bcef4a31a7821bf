import { describe, expect, it } from '@jest/globals'
import { countJest, printCounts, sumCounts } from './counts.js'

const report = (numbers: object): string => JSON.stringify(numbers)

describe('counting tests', () => {
  it('adds passed, failed, and what was skipped or is still to do', () => {
    const text = report({
      numPassedTests: 3,
      numFailedTests: 1,
      numPendingTests: 2,
      numTodoTests: 1,
    })
    expect(countJest(text, 1)).toEqual({ passed: 3, failed: 1, skipped: 3 })
  })

  it('counts a file that could not be run as a failed test', () => {
    const text = report({ numPassedTests: 3, numFailedTests: 0, numRuntimeErrorTestSuites: 2 })
    expect(countJest(text, 1)).toEqual({ passed: 3, failed: 2, skipped: 0 })
  })

  it('never takes silence for success', () => {
    expect(countJest(undefined, 0).failed).toBe(1)
    expect(countJest('{"numPassed', 0).failed).toBe(1)
    expect(countJest(report({ numPassedTests: 0 }), 0).failed).toBe(1)
    expect(countJest(report({ numPassedTests: 5 }), 134).failed).toBe(1)
    expect(countJest(report({ numPassedTests: 5 }), 0).failed).toBe(0)
  })

  it('prints the closing line', () => {
    const total = sumCounts([
      { passed: 1, failed: 0, skipped: 2 },
      { passed: 4, failed: 3, skipped: 0 },
    ])
    expect(printCounts(total)).toBe('5 passed, 3 failed, 2 skipped')
  })
})
