import { AsyncLocalStorage } from 'node:async_hooks'

/** What travels with a request through every call it causes. */
export type RequestContext = {
  requestId: string
  /** Unix milliseconds after which nobody waits for the answer any more. */
  deadline?: number
}

const storage = new AsyncLocalStorage<RequestContext>()

/**
 * Runs `fn`; everything it starts logs the id of this request and hands it on to other services.
 *
 * @returns What `fn` returns.
 */
export const runWithRequest = <T>(context: RequestContext, fn: () => T): T =>
  storage.run(context, fn)

/** The id of the request that is being worked on, if there is one. */
export const currentRequestId = (): string | undefined => storage.getStore()?.requestId

/** When the caller of the current request stops waiting, in Unix milliseconds, if it said so. */
export const currentDeadline = (): number | undefined => storage.getStore()?.deadline
