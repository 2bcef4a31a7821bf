import type { z } from 'zod'

/** One way a request can be refused. Thrown by use cases, listed by endpoints, printed in the docs. */
export type ErrorType<Code extends string = string, Details extends z.ZodType = z.ZodType> = {
  code: Code
  status: number
  /** What a refusal carries besides its code; `z.undefined()` when there is nothing to carry. */
  details: Details
  /** May the same request succeed later without the caller changing anything? */
  retryable: boolean
  /** English for developers; programs use `code`. */
  message: string
}

/** Who may call: anybody, a user's session, an administrator, another service, a host application. */
export type Auth = 'open' | 'user' | 'admin' | 'service' | 'host'

/** A rate class of wire-contract 15.1. `none` is for internal endpoints and health. */
export type RateClass = 'api' | 'auth' | 'message' | 'search' | 'media' | 'none'

/** A file of a multipart body; each may come once. */
export type FileField = { name: string; isRequired: boolean }

/** One HTTP endpoint: the server mounts it, the SDK calls it, the OpenAPI file is printed from it. */
export type Endpoint = {
  method: 'get' | 'post' | 'put' | 'patch' | 'delete'
  path: `/${string}`
  summary: string
  /** `user` unless said otherwise. */
  auth?: Auth
  params: z.ZodObject
  query?: z.ZodObject
  body: z.ZodObject
  /** The body comes as multipart/form-data: its fields are `body`, its files streams for the use case. */
  multipart?: { files: readonly FileField[] }
  /** The body may also come as a form: `application/x-www-form-urlencoded` or `multipart/form-data`, no files. */
  form?: true
  /** A good answer is not the envelope but bytes or a redirection; `response` is `z.undefined()`. */
  raw?: true
  /** What stands at `data` of the envelope; lists are arrays. */
  response: z.ZodType
  /** What stands at `meta`, when the endpoint has any. */
  meta?: z.ZodObject
  /** What stands beside `data`, for clients of the source documents that read it there. */
  beside?: z.ZodObject
  /** The statuses a good answer may have; 200 alone if absent. */
  success?: readonly (200 | 201 | 202 | 206 | 302 | 304)[]
  /** `api` unless said otherwise. */
  limit?: RateClass
  /** `/messages` and `/crypto/*` take 1 MiB, everything else 256 KiB. */
  maxBodyBytes?: number
  errors: readonly ErrorType[]
}

/** One fact that crosses a process border: a hint, a duty or a socket event. */
export type EventType<N extends string = string, P extends z.ZodType = z.ZodType> = {
  name: N
  payload: P
  summary: string
}

/** A client-to-server socket event, with the good form of its acknowledgement. */
export type ClientEventType<
  N extends string = string,
  P extends z.ZodType = z.ZodType,
  A extends z.ZodType = z.ZodType,
> = EventType<N, P> & { ack: A; errors: readonly ErrorType[] }

/** Work that is executed later by worker-service. */
export type JobType<N extends string = string, P extends z.ZodType = z.ZodType> = {
  name: N
  payload: P
  summary: string
  attempts: number
  timeoutMs: number
  /** How long it waits before its first attempt; not at all if absent. */
  delayMs?: number
}

export const errorType = <const C extends string, D extends z.ZodType>(
  code: C,
  status: number,
  details: D,
  about: { message: string; retryable?: boolean },
): ErrorType<C, D> => ({
  code,
  status,
  details,
  retryable: about.retryable ?? false,
  message: about.message,
})

export const endpoint = <const E extends Endpoint>(spec: E): E => spec

export const eventType = <const N extends string, P extends z.ZodType>(
  name: N,
  payload: P,
  summary: string,
): EventType<N, P> => ({ name, payload, summary })

export const clientEventType = <const N extends string, P extends z.ZodType, A extends z.ZodType>(
  name: N,
  spec: { payload: P; ack: A; summary: string; errors: readonly ErrorType[] },
): ClientEventType<N, P, A> => ({ name, ...spec })

export const jobType = <const N extends string, P extends z.ZodType>(
  name: N,
  payload: P,
  about: Omit<JobType, 'name' | 'payload'>,
): JobType<N, P> => ({ name, payload, ...about })

export type Input<E extends Endpoint> = {
  params: z.output<E['params']>
  query: E['query'] extends z.ZodObject ? z.output<E['query']> : Record<string, never>
  body: z.output<E['body']>
}
export type Output<E extends Endpoint> = z.output<E['response']>
export type Payload<E extends { payload: z.ZodType }> = z.output<E['payload']>
export type Ack<E extends ClientEventType> = z.output<E['ack']>
export type Details<T extends ErrorType> = z.output<T['details']>
