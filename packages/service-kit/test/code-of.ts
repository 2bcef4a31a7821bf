/** The code a promise is refused with, `none` when it is not. */
export const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'none',
    (err: unknown) =>
      err instanceof Error && 'code' in err && typeof err.code === 'string'
        ? err.code
        : String(err),
  )
