/** Where a service takes the time from, so that tests can move it by hand. */
export type Clock = { now(): Date }

/** A clock that stands still until a test moves it. */
export type TestClock = Clock & {
  /** Moves the clock forward by `ms` milliseconds. */
  advance(ms: number): void
}

/** The clock of the machine. */
export const systemClock: Clock = { now: () => new Date() }

/**
 * A clock for tests.
 *
 * @param start The time it shows first, as a Date or an ISO string.
 */
export function testClock(start: Date | string): TestClock {
  let ms = new Date(start).getTime()
  return {
    now: () => new Date(ms),
    advance: (by) => {
      ms += by
    },
  }
}
