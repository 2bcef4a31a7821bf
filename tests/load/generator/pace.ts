/**
 * Calls `act` at an even rate until `end`, whatever becomes of the calls: an open loop. A late call is
 * made with the time at which it was due, so that waiting in the generator counts as delay.
 *
 * @param rate calls per second
 * @param end by `performance.now()`
 */
export function pace(
  rate: number,
  end: number,
  act: (turn: number, due: number) => void,
): Promise<void> {
  const start = performance.now()
  let turn = 0
  return new Promise((resolve) => {
    const step = (): void => {
      const now = performance.now()
      for (;;) {
        const due = start + (turn * 1000) / rate
        if (due >= end) {
          resolve()
          return
        }
        if (due > now) break
        act(turn, due)
        turn += 1
      }
      setTimeout(step, 1)
    }
    step()
  })
}
