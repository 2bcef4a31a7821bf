/** A failure of the local stack that its user can do something about: what happened, and the remedy. */
export class StackError extends Error {
  readonly remedy: string

  constructor(message: string, remedy: string) {
    super(message)
    this.name = 'StackError'
    this.remedy = remedy
  }
}

/** The text to print for any thrown value: a StackError with its remedy, anything else in full. */
export function describeError(error: unknown): string {
  if (error instanceof StackError) return `${error.message}\n  What to do: ${error.remedy}`
  if (error instanceof Error) return error.stack ?? error.message
  return String(error)
}
