import { Writable } from 'node:stream'
import { type LogLevel, type Logger, createLogger } from '../src/log/index.js'

export type LogLine = { level: LogLevel; message: string } & Record<string, unknown>

/** A real logger whose lines a test can read. */
export function capturedLog(level: LogLevel = 'debug'): {
  log: Logger
  lines: LogLine[]
  raw: string[]
} {
  const lines: LogLine[] = []
  const raw: string[] = []
  const sink = new Writable({
    write(chunk: Buffer, _encoding, done) {
      raw.push(chunk.toString('utf8'))
      lines.push(JSON.parse(chunk.toString('utf8')) as LogLine)
      done()
    },
  })
  return { log: createLogger({ service: 'test', level, sink }), lines, raw }
}
