import type { Readable } from 'node:stream'

const isAnswerMark: unique symbol = Symbol('answer')
const isRawMark: unique symbol = Symbol('raw answer')

/** What a use case answers when data alone does not say it. */
export type Answer<T> = {
  readonly [isAnswerMark]: true
  data: T
  /** 200 if absent; must be one of the endpoint's `success`. */
  status?: number
  meta?: Readonly<Record<string, unknown>>
  /** Further members of the envelope, where the endpoint has them. */
  beside?: Readonly<Record<string, unknown>>
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
    beside?: Readonly<Record<string, unknown>>
    headers?: Readonly<Record<string, string>>
  } = {},
): Answer<T> => ({ [isAnswerMark]: true, data, ...more })

/** Tells an answer from plain data. */
export function isAnswer<T>(value: T | Answer<T>): value is Answer<T> {
  return typeof value === 'object' && value !== null && isAnswerMark in value
}

/** What an endpoint with `raw` answers: no envelope, but bytes or a redirection. */
export type RawAnswer = {
  readonly [isRawMark]: true
  /** One of the endpoint's `success`. */
  status: number
  headers: Readonly<Record<string, string>>
  /** It is read to its end, or destroyed when the client goes away. */
  body?: Readable
}

/** Answers an endpoint with `raw`. */
export const rawAnswer = (answered: {
  status: number
  headers: Readonly<Record<string, string>>
  body?: Readable
}): RawAnswer => ({ [isRawMark]: true, ...answered })

/** Tells bytes from anything else. */
export const isRawAnswer = (value: unknown): value is RawAnswer =>
  typeof value === 'object' && value !== null && isRawMark in value
