import type { Writable } from 'node:stream'
import winston from 'winston'
import { redact, scrub } from './redact.js'
import { currentRequestId } from './request-context.js'

export type LogLevel = 'error' | 'warn' | 'info' | 'debug'

/** error wakes someone, warn is looked at tomorrow, info is the story of a process. */
export type Logger = {
  error(message: string, fields?: object): void
  warn(message: string, fields?: object): void
  info(message: string, fields?: object): void
  debug(message: string, fields?: object): void
  /** A logger that adds these fields to every line. */
  child(fields: object): Logger
}

const LEVELS: Record<LogLevel, number> = { error: 0, warn: 1, info: 2, debug: 3 }

/**
 * Creates the logger of a service: one JSON object per line, with time, level, service, message, the id of
 * the current request and the given fields, secrets hidden at any depth.
 *
 * @param options `sink` receives the lines, standard output if absent.
 */
export function createLogger(options: {
  service: string
  level: LogLevel
  sink?: Writable
}): Logger {
  const { service, level, sink = process.stdout } = options
  const backend = winston.createLogger({
    levels: LEVELS,
    level,
    format: winston.format.combine(winston.format.timestamp(), winston.format.json()),
  })
  // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- winston types its transports as interfaces
  backend.add(new winston.transports.Stream({ stream: sink }))
  return makeLogger(backend, LEVELS[level], { service })
}

function makeLogger(backend: winston.Logger, limit: number, always: object): Logger {
  const write = (level: LogLevel, message: string, fields?: object): void => {
    if (LEVELS[level] > limit) return
    const requestId = currentRequestId()
    backend.log({
      ...copyFields(fields),
      ...always,
      ...(requestId === undefined ? {} : { requestId }),
      level,
      message: scrub(message),
    })
  }
  return {
    error: (message, fields) => {
      write('error', message, fields)
    },
    warn: (message, fields) => {
      write('warn', message, fields)
    },
    info: (message, fields) => {
      write('info', message, fields)
    },
    debug: (message, fields) => {
      write('debug', message, fields)
    },
    child: (fields) => makeLogger(backend, limit, { ...copyFields(fields), ...always }),
  }
}

/** A line must never be the reason of a failure, whatever it was given. */
function copyFields(fields: object | undefined): object {
  if (fields === undefined) return {}
  try {
    const copied = redact(fields instanceof Error ? { err: fields } : fields)
    return typeof copied === 'object' && copied !== null ? copied : {}
  } catch {
    return { fields: '[unreadable]' }
  }
}
