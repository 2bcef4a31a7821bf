import { StackError } from './stack-error.js'

export type StartOptions = { onlyInfra: boolean; watch: boolean; help: boolean }

export const START_HELP = `npm start -- [OPTIONS]

Runs SUP on this machine: PostgreSQL, Redis, RabbitMQ, S3, nginx and the services.
Data is kept between runs. Ctrl-C stops everything.

  --only infra   the servers and a migrated database, without the services
  --watch        compile and restart services when their source changes
  --help         this text

SUP_STATE_DIR    where data, secrets and logs are kept
`

/** Reads the arguments of `npm start`. */
export function readStartOptions(args: readonly string[]): StartOptions {
  const options: StartOptions = { onlyInfra: false, watch: false, help: false }
  for (let at = 0; at < args.length; at += 1) {
    const argument = args[at] ?? ''
    if (argument === '--watch') options.watch = true
    else if (argument === '--help' || argument === '-h') options.help = true
    else if (argument === '--only=infra') options.onlyInfra = true
    else if (argument === '--only' && args[at + 1] === 'infra') {
      options.onlyInfra = true
      at += 1
    } else {
      throw new StackError(
        `npm start does not know ${argument}`,
        'npm start -- --help lists the options',
      )
    }
  }
  return options
}
