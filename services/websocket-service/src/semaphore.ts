import { QueueFullError } from './batcher.js'

export type Semaphore = {
  /**
   * Runs `task` when its turn comes.
   *
   * @throws QueueFullError when too many wait, or its turn does not come in time; else what `task` throws.
   */
  run<T>(task: () => Promise<T>): Promise<T>
}

/** Lets a few tasks run at once; the others wait in line, not for longer than `waitMs`. */
export function createSemaphore(limits: {
  atOnce: number
  mostWaiting: number
  waitMs: number
}): Semaphore {
  const line = new Set<() => void>()
  let running = 0

  function turn(): Promise<void> {
    if (running < limits.atOnce) {
      running += 1
      return Promise.resolve()
    }
    if (line.size >= limits.mostWaiting) return Promise.reject(new QueueFullError('line is full'))
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        line.delete(enter)
        reject(new QueueFullError('waited too long'))
      }, limits.waitMs)
      const enter = (): void => {
        clearTimeout(timer)
        resolve()
      }
      line.add(enter)
    })
  }

  /** Hands the place to the next in line. */
  function leave(): void {
    const [next] = line
    if (next) {
      line.delete(next)
      next()
    } else running -= 1
  }

  return {
    async run(task) {
      await turn()
      try {
        return await task()
      } finally {
        leave()
      }
    },
  }
}
