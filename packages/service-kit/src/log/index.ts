export { type LogLevel, type Logger, createLogger } from './log.js'
export { currentDeadline, currentRequestId, runWithRequest } from './request-context.js'
