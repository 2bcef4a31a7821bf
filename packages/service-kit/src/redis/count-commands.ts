import type { Cluster, Command, Redis } from 'ioredis'
import type { Metrics } from '../metrics/index.js'

/** Counts every command of a connection in `sup_redis_operations_total`. */
export function countCommands(connection: Redis | Cluster, metrics: Metrics): void {
  const counter = metrics.counter('sup_redis_operations_total', 'Redis commands', [
    'command',
    'result',
  ])
  const send: (command: Command, ...rest: never[]) => unknown =
    connection.sendCommand.bind(connection)
  connection.sendCommand = (command: Command, ...rest: never[]) => {
    const name = command.name.toLowerCase()
    command.promise.then(
      () => {
        counter.inc({ command: name, result: 'ok' })
      },
      () => {
        counter.inc({ command: name, result: 'error' })
      },
    )
    return send(command, ...rest)
  }
}
