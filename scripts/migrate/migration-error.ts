/** A migration that cannot go on, and what its operator can do about it. */
export class MigrationError extends Error {
  readonly remedy: string

  constructor(message: string, remedy: string, options?: { cause?: unknown }) {
    super(message, options)
    this.name = 'MigrationError'
    this.remedy = remedy
  }
}
