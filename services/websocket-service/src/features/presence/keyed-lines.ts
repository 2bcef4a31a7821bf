export type KeyedLines = {
  /** Runs `task` after everything that was handed over for the same key before. */
  run(key: string, task: () => Promise<void>): void
}

/** Runs what concerns one key one after the other; a task that fails stops nobody. */
export function createKeyedLines(onError: (err: unknown) => void): KeyedLines {
  const tails = new Map<string, Promise<void>>()
  return {
    run(key, task) {
      const tail = (tails.get(key) ?? Promise.resolve()).then(task).catch(onError)
      tails.set(key, tail)
      void tail.then(() => {
        if (tails.get(key) === tail) tails.delete(key)
      })
    },
  }
}
