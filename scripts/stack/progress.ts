export type Progress = {
  /** Prints one line. */
  say: (line: string) => void
  /** Runs a step and prints its name with the seconds it took. */
  step: <T>(name: string, run: () => Promise<T>) => Promise<T>
}

/** Progress for people: a line per finished step, a reminder every ten seconds of a long one. */
export function createProgress(print: (line: string) => void): Progress {
  return {
    say: (line) => {
      print(`         ${line}`)
    },
    step: async (name, run) => {
      const startedAt = Date.now()
      const seconds = (): string => `${((Date.now() - startedAt) / 1000).toFixed(1)} s`.padStart(7)
      const reminder = setInterval(() => {
        print(`${seconds()}  ${name} …`)
      }, 10_000)
      try {
        const result = await run()
        print(`${seconds()}  ${name}`)
        return result
      } finally {
        clearInterval(reminder)
      }
    },
  }
}

/** Prints nothing. */
export const silentProgress: Progress = {
  say: () => undefined,
  step: (_name, run) => run(),
}
