/** A failure of the local stack that its user can do something about: what happened, and the remedy. */
export class StackError extends Error {
  readonly remedy: string

  constructor(message: string, remedy: string) {
    super(message)
    this.name = 'StackError'
    this.remedy = remedy
  }
}

/** The text to print for any thrown value: its message and remedy when it has one, else all of it. */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const remedy = 'remedy' in error ? error.remedy : undefined
  if (typeof remedy === 'string') return `${error.message}\n  What to do: ${remedy}`
  return error.stack ?? error.message
}
