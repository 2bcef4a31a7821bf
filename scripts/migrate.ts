import { realpathSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { runCommand } from './migrate/command.js'

export { MigrationError } from './migrate/migration-error.js'
export { migrateDown, migrateUp, migrationStatus } from './migrate/migrations.js'
export type { MigrationState } from './migrate/migrations.js'

const program = process.argv[1]
if (program !== undefined && realpathSync(program) === fileURLToPath(import.meta.url)) {
  process.exitCode = await runCommand(process.argv.slice(2))
}
