/** Where the SDK reports what it does. Fields never hold tokens, passwords or content. */
export type Log = {
  debug: (text: string, fields?: Record<string, unknown>) => void
  warn: (text: string, fields?: Record<string, unknown>) => void
}

const ignore = (): void => undefined

export const silentLog: Log = { debug: ignore, warn: ignore }
