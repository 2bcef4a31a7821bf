import type { Request } from 'express'
import type { AppContext } from './types.js'

const contexts = new WeakMap<object, AppContext>()
const requestIds = new WeakMap<object, string>()

/** Gives an express app the context that `serve` needs. */
export function setContext(app: object, context: AppContext): void {
  contexts.set(app, context)
}

/**
 * The context of the app that received a request.
 *
 * @throws Error when a router was mounted in an app that `createApp` did not make.
 */
export function contextOf(req: Request): AppContext {
  const context = contexts.get(req.app)
  if (!context) throw new Error('serve() needs an app made by createApp()')
  return context
}

export function setRequestId(req: object, requestId: string): void {
  requestIds.set(req, requestId)
}

/** The id under which a request is logged and answered. */
export const requestIdOf = (req: object): string => requestIds.get(req) ?? 'unknown'
