import { findDatabaseUrl, findServerUrl } from './address.js'
import { messageOf } from './apply.js'
import { withScratchDatabase, writeSchema } from './dump.js'
import { MigrationError } from './migration-error.js'
import { migrateDown, migrateUp, migrationStatus } from './migrations.js'

const HELP = `Usage: scripts/migrate.sh <command>

  up                 apply every pending migration
  down [n]           take back the last n migrations (default 1) with their data;
                     refused with NODE_ENV=production unless SUP_ALLOW_DOWN=1
  status             list what is applied and what is pending
  dump [--check]     write migrations/schema.sql from an empty, migrated database;
                     with --check only say whether it is up to date

The database is that of DATABASE_URL, or of DATABASE_HOST, DATABASE_PORT, DATABASE_NAME,
DATABASE_USER and DATABASE_PASSWORD, or of the running local stack (npm start).

Exit codes: 0 done, 1 failed, 2 wrong usage. status fails when an applied file was edited or is
missing; dump --check fails when the file is out of date.`

const OK = 0
const FAILED = 1
const USAGE = 2

/** Runs one command line and returns its exit code. Results go to stdout, failures to stderr. */
export async function runCommand(args: readonly string[]): Promise<number> {
  const [command, ...rest] = args
  if (command === '-h' || command === '--help' || command === 'help') {
    say(HELP)
    return OK
  }
  try {
    const code = await dispatch(command, rest)
    if (code === USAGE) console.error(HELP)
    return code
  } catch (error) {
    console.error(`migrate: ${messageOf(error)}`)
    if (error instanceof MigrationError) console.error(`  What to do: ${error.remedy}`)
    return FAILED
  }
}

type Command = { takes: RegExp; run: (option: string | undefined) => Promise<number> }

const COMMANDS: Record<string, Command> = {
  up: { takes: /^$/, run: up },
  down: { takes: /^([1-9]\d{0,3})?$/, run: (files) => down(Number(files ?? 1)) },
  status: { takes: /^$/, run: status },
  dump: { takes: /^(--check)?$/, run: (option) => dump(option !== undefined) },
}

async function dispatch(name = '', rest: string[]): Promise<number> {
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined
  if (command === undefined || rest.length > 1 || !command.takes.test(rest[0] ?? '')) return USAGE
  return command.run(rest[0])
}

async function up(): Promise<number> {
  const done = await migrateUp({ databaseUrl: findDatabaseUrl(process.env), log: say })
  say(
    done.length === 0
      ? 'Nothing to apply: the schema is up to date.'
      : `Applied ${count(done.length)}.`,
  )
  return OK
}

async function down(wanted: number): Promise<number> {
  const done = await migrateDown({
    databaseUrl: findDatabaseUrl(process.env),
    count: wanted,
    log: say,
  })
  say(done.length === 0 ? 'Nothing to take back.' : `Took back ${count(done.length)}.`)
  return OK
}

async function status(): Promise<number> {
  const states = await migrationStatus({ databaseUrl: findDatabaseUrl(process.env) })
  const width = Math.max(...states.map(({ name }) => name.length), 0)
  for (const { name, state, appliedAt } of states) {
    const when = appliedAt === undefined ? '' : `  ${appliedAt} UTC`
    say(`${name.padEnd(width)}  ${state.padEnd(7)}${when}`.trimEnd())
  }
  const open = states.filter(({ state }) => state !== 'applied').length
  say(`${count(states.length - open)} applied, ${open} not.`)
  return states.some(({ state }) => state === 'edited' || state === 'missing') ? FAILED : OK
}

async function dump(check: boolean): Promise<number> {
  const isSame = await withScratchDatabase(findServerUrl(process.env), async (databaseUrl) => {
    await migrateUp({ databaseUrl })
    return writeSchema(databaseUrl, { check })
  })
  if (isSame) say('migrations/schema.sql is up to date.')
  else if (check) console.error('migrations/schema.sql is out of date: run scripts/migrate.sh dump')
  else say('Wrote migrations/schema.sql.')
  return check && !isSame ? FAILED : OK
}

function count(files: number): string {
  return files === 1 ? '1 migration' : `${files} migrations`
}

function say(line: string): void {
  console.log(line)
}
