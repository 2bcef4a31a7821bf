import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { runOnce, waitUntilReady } from '../children.js'
import { findEmbeddedPostgres, listPostgresFolders } from '../packages.js'
import { StackError } from '../stack-error.js'
import { makeServerFolder, writeServerFile } from '../state.js'
import { ask } from '../wire.js'
import { type Restartable, type ServerNeeds, startRestartable } from './server.js'

const SUPERUSER = 'postgres'

/**
 * Starts PostgreSQL, making its data folder on the first start; the URL is that of the superuser on
 * the maintenance database.
 */
export async function startPostgres({
  folder,
  children,
  secrets,
  ports,
}: ServerNeeds): Promise<Restartable> {
  const home = makeServerFolder(join(folder, 'postgres'))
  const data = join(home, 'data')
  const programs = findPrograms(data, home)
  if (!existsSync(join(data, 'PG_VERSION'))) {
    await makeDataFolder(programs, home, data, secrets.postgresPassword)
  }
  const url = `postgres://${SUPERUSER}:${secrets.postgresPassword}@127.0.0.1:${ports.postgres}/postgres`
  return startRestartable(children, url, async () => {
    const child = children.start({
      name: 'postgres',
      command: join(programs, 'postgres'),
      args: ['-D', data, ...settings(ports.postgres)],
      layer: 'server',
      // INT is the fast shutdown; TERM would wait for every client to leave.
      stopSignal: 'SIGINT',
    })
    await waitUntilReady(child, () => acceptsClients(ports.postgres))
    return child
  })
}

function settings(port: number): string[] {
  const values = [
    `port=${port}`,
    'listen_addresses=127.0.0.1',
    // A socket file would need a folder outside the state folder, or a short path.
    'unix_socket_directories=',
    'max_connections=300',
    'shared_buffers=128MB',
    'log_min_messages=warning',
  ]
  return values.flatMap((value) => ['-c', value])
}

/** A data folder belongs to one major version for ever, so an existing one chooses the programs. */
function findPrograms(data: string, home: string): string {
  const installed = listPostgresFolders()
  const version = join(data, 'PG_VERSION')
  const wanted = existsSync(version) ? readFileSync(version, 'utf8').trim() : undefined
  const fitting = installed.find((bin) => wanted === undefined || bin.includes(`/${wanted}/`))
  if (fitting !== undefined) return fitting
  if (wanted === undefined || wanted === '15') {
    const embedded = findEmbeddedPostgres()
    if (embedded !== undefined) return copyEmbedded(embedded, join(home, 'programs'))
  }
  throw new StackError(
    `The data in ${data} was made by PostgreSQL ${wanted ?? '15'}, which is not installed`,
    `install postgresql-${wanted ?? '15'}, or remove ${data} to start with empty data`,
  )
}

/**
 * Copies the npm package's programs into the state folder: the checkout may be unreadable for the
 * dropped uid, and the links that the package's install script makes may be missing.
 */
function copyEmbedded(native: string, target: string): string {
  if (!existsSync(join(target, 'complete'))) {
    rmSync(target, { recursive: true, force: true })
    cpSync(native, target, { recursive: true, verbatimSymlinks: true })
    const links = JSON.parse(readFileSync(join(native, 'pg-symlinks.json'), 'utf8')) as LinkEntry[]
    for (const { source, target: link } of links) {
      const path = join(target, relativeToNative(link))
      mkdirSync(dirname(path), { recursive: true })
      rmSync(path, { force: true })
      symlinkSync(join(target, relativeToNative(source)), path)
    }
    writeServerFile(join(target, 'complete'), '')
  }
  return join(target, 'bin')
}

type LinkEntry = { source: string; target: string }

/** The package lists its links as paths that begin with `native/`. */
function relativeToNative(path: string): string {
  return path.replace(/^native\//, '')
}

async function makeDataFolder(
  programs: string,
  home: string,
  data: string,
  password: string,
): Promise<void> {
  // A half-made folder of an interrupted first start would be refused by initdb.
  rmSync(data, { recursive: true, force: true })
  makeServerFolder(data)
  const passwordFile = join(home, 'password')
  writeServerFile(passwordFile, `${password}\n`)
  const options = ['-U', SUPERUSER, `--pwfile=${passwordFile}`, '--auth=scram-sha-256']
  const format = ['--encoding=UTF8', '--locale=C.UTF-8']
  await runOnce(join(programs, 'initdb'), ['-D', data, ...options, ...format], {})
  rmSync(passwordFile)
}

/** A server that is still recovering answers a start-up packet with an error, a ready one asks for the password. */
async function acceptsClients(port: number): Promise<boolean> {
  const parameters = Buffer.from(`user\0${SUPERUSER}\0database\0postgres\0\0`)
  const head = Buffer.alloc(8)
  head.writeInt32BE(head.length + parameters.length, 0)
  head.writeInt32BE(0x30000, 4)
  return (await ask(port, Buffer.concat([head, parameters])))?.startsWith('R') ?? false
}
