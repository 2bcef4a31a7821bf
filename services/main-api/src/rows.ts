/** A row with the columns that were NULL left out. */
export type Present<T> = {
  [K in keyof T as null extends T[K] ? never : K]: T[K]
} & {
  [K in keyof T as null extends T[K] ? K : never]?: NonNullable<T[K]>
}

/** Leaves out what is NULL: the wire knows absent members only. */
export function present<T extends object>(row: T): Present<T> {
  const entries = Object.entries(row).filter(([, value]) => value !== null)
  // A parsing border: exactly the members that `Present` makes optional can be missing.
  return Object.fromEntries(entries) as Present<T>
}
