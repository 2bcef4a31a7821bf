import { testEnvironment } from '@sup/testkit'
import { describe, expect, it, jest } from '@jest/globals'
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { migrateDown, migrateUp, migrationStatus } from '../../scripts/migrate.js'
import { runCommand } from '../../scripts/migrate/command.js'
import { dumpSchema, writeSchema } from '../../scripts/migrate/dump.js'
import { MIGRATIONS_FOLDER, listMigrations } from '../../scripts/migrate/files.js'
import { listTables, withEmptyDatabase } from './scratch.js'

const NAMES = listMigrations(MIGRATIONS_FOLDER).map(({ name }) => name)
// Each test migrates a database or two and may start programs.
jest.setTimeout(60_000)

describe('the migrations of SUP', () => {
  it('apply in the order of their names and keep the names of the seeds', async () => {
    await withEmptyDatabase(async (databaseUrl) => {
      expect(await migrateUp({ databaseUrl })).toEqual([...NAMES].sort())
    })
    expect(NAMES.slice(0, 3)).toEqual([
      '001_init_schema',
      '002_add_story_privacy',
      '002_search_indexes',
    ])
  })

  it('give the same schema after up, down and up, and leave no table after down', async () => {
    await withEmptyDatabase(async (databaseUrl, db) => {
      await migrateUp({ databaseUrl })
      const first = await dumpSchema(databaseUrl)
      expect(await migrateDown({ databaseUrl, count: NAMES.length })).toEqual([...NAMES].reverse())
      expect(await listTables(db)).toEqual([])
      await migrateUp({ databaseUrl })
      expect(await dumpSchema(databaseUrl)).toBe(first)
    })
  })

  it('can be taken back one by one', async () => {
    await withEmptyDatabase(async (databaseUrl) => {
      await migrateUp({ databaseUrl })
      for (const name of [...NAMES].reverse()) {
        const before = await dumpSchema(databaseUrl)
        expect(await migrateDown({ databaseUrl, count: 1 })).toEqual([name])
        expect(await dumpSchema(databaseUrl)).not.toBe(before)
      }
      const states = await migrationStatus({ databaseUrl })
      expect(states.map(({ state }) => state)).toEqual(NAMES.map(() => 'pending'))
    })
  })

  it('are what migrations/schema.sql says', async () => {
    await withEmptyDatabase(async (databaseUrl) => {
      await migrateUp({ databaseUrl })
      // When this fails: scripts/migrate.sh dump, and read the difference before committing it.
      expect(await writeSchema(databaseUrl, { check: true })).toBe(true)
    })
  })

  it('make the 22 tables of the seeds', async () => {
    await withEmptyDatabase(async (databaseUrl, db) => {
      await migrateUp({ databaseUrl })
      expect(await listTables(db)).toEqual(expect.arrayContaining(SEED_TABLES))
    })
  })
})

describe('a command line', () => {
  it.each([[[]], [['up', 'now']], [['down', '0']], [['down', '1', '2']], [['toString']]])(
    '%j is refused before anything is touched',
    async (args) => {
      const error = jest.spyOn(console, 'error').mockImplementation(() => undefined)
      expect(await runCommand(args)).toBe(2)
      expect(error).toHaveBeenCalledWith(expect.stringContaining('Usage: scripts/migrate.sh'))
      error.mockRestore()
    },
  )
})

describe('scripts/migrate.sh', () => {
  it('says what is wrong with its usage and ends with 2', async () => {
    const { code, stderr } = await run(['sideways'])
    expect([code, stderr]).toEqual([2, expect.stringContaining('Usage: scripts/migrate.sh')])
  })

  it('migrates the database it is given, from any folder', async () => {
    await withEmptyDatabase(async (url) => {
      const up = await run(['up'], { DATABASE_URL: url })
      expect([up.code, up.stdout]).toEqual([0, expect.stringContaining('applied 001_init_schema')])
      const { hostname, port, username, password, pathname } = new URL(url)
      const status = await run(['status'], {
        DATABASE_HOST: hostname,
        DATABASE_PORT: port,
        DATABASE_USER: username,
        DATABASE_PASSWORD: decodeURIComponent(password),
        DATABASE_NAME: pathname.slice(1),
      })
      expect([status.code, status.stdout]).toEqual([0, expect.stringMatching(/ applied, 0 not/)])
    })
  })

  it('names an unreachable database and what to do, without its password', async () => {
    const { code, stderr } = await run(['status'], {
      DATABASE_URL: 'postgres://sup:do-not-print-me@127.0.0.1:1/sup',
    })
    expect(code).toBe(1)
    expect(stderr).toContain('Cannot reach the database')
    expect(stderr).toContain('What to do:')
    expect(stderr).not.toContain('do-not-print-me')
  })
})

type Ended = { code: number; stdout: string; stderr: string }

async function run(args: string[], env: Record<string, string> = {}): Promise<Ended> {
  const script = fileURLToPath(new URL('../../scripts/migrate.sh', import.meta.url))
  const { PATH = '' } = process.env
  const DATABASE_URL = env['DATABASE_HOST'] === undefined ? testEnvironment().databaseUrl : ''
  try {
    const done = await promisify(execFile)(script, args, {
      cwd: '/',
      env: { PATH, DATABASE_URL, ...env },
    })
    return { code: 0, ...done }
  } catch (error) {
    const { code, stdout, stderr } = error as Ended
    return { code, stdout, stderr }
  }
}

const SEED_TABLES = [
  'users',
  'user_devices',
  'sessions',
  'contacts',
  'blocked_users',
  'identity_keys',
  'signed_prekeys',
  'one_time_prekeys',
  'group_sender_keys',
  'chats',
  'chat_roles',
  'chat_members',
  'messages',
  'message_recipients',
  'message_reactions',
  'media_files',
  'stories',
  'story_views',
  'story_privacy_lists',
  'sticker_packs',
  'stickers',
  'user_sticker_packs',
]
