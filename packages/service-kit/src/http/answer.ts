const isAnswerMark: unique symbol = Symbol('answer')

/** What a use case answers when data alone does not say it. */
export type Answer<T> = {
  readonly [isAnswerMark]: true
  data: T
  /** 200 if absent; must be one of the endpoint's `success`. */
  status?: number
  meta?: Readonly<Record<string, unknown>>
  headers?: Readonly<Record<string, string>>
}

/**
 * Answers with a status, meta or headers besides the data.
 *
 * @param data What stands at `data` of the envelope.
 */
export const answer = <T>(
  data: T,
  more: {
    status?: number
    meta?: Readonly<Record<string, unknown>>
    headers?: Readonly<Record<string, string>>
  } = {},
): Answer<T> => ({ [isAnswerMark]: true, data, ...more })

/** Tells an answer from plain data. */
export function isAnswer<T>(value: T | Answer<T>): value is Answer<T> {
  return typeof value === 'object' && value !== null && isAnswerMark in value
}
