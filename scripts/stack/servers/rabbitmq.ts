import { createHash, randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { type Children, waitUntilReady } from '../children.js'
import { baseEnvironment } from '../children.js'
import { findProgram, findRabbitmq } from '../packages.js'
import { makeServerFolder, writeServerFile } from '../state.js'
import { ask } from '../wire.js'
import { type InfraPorts, type Restartable, type ServerNeeds, startRestartable } from './server.js'

const USER = 'sup'
/** Queues have fixed names; tests that run at the same time keep to a virtual host each. */
const VHOSTS = ['/', 'second']

/** Starts RabbitMQ without plugins, which make its shutdown slow. */
export async function startRabbitmq({
  folder,
  children,
  secrets,
  ports,
}: ServerNeeds): Promise<Restartable> {
  const home = makeServerFolder(join(folder, 'rabbitmq'))
  for (const name of ['data', 'log', 'home', 'config', 'schema']) makeServerFolder(join(home, name))
  writeServerFile(
    join(home, 'rabbitmq.conf'),
    configuration(ports.rabbitmq, join(home, 'definitions.json')),
  )
  writeServerFile(join(home, 'definitions.json'), definitions(secrets.rabbitmqPassword))
  writeServerFile(join(home, 'enabled_plugins'), '[].\n')
  writeServerFile(join(home, 'advanced.config'), '[].\n')
  const env = environment(home, ports)
  await startNameServer(children, ports.epmd, env)
  const url = `amqp://${USER}:${secrets.rabbitmqPassword}@127.0.0.1:${ports.rabbitmq}`
  return startRestartable(children, url, async () => {
    const child = children.start({
      name: 'rabbitmq',
      command: findRabbitmq() ?? 'rabbitmq-server',
      args: [],
      env,
      layer: 'server',
      stopSignal: 'SIGTERM',
    })
    await waitUntilReady(
      child,
      async () => (await ask(ports.rabbitmq, 'AMQP\0\0\t\u0001')) !== undefined,
      120_000,
    )
    return child
  })
}

/**
 * A port mapper of our own: RabbitMQ would otherwise start one on the standard port that outlives it
 * and that all RabbitMQ nodes of the machine share.
 */
async function startNameServer(
  children: Children,
  port: number,
  env: Record<string, string>,
): Promise<void> {
  const child = children.start({
    name: 'epmd',
    command: findProgram('epmd') ?? 'epmd',
    args: ['-port', String(port), '-address', '127.0.0.1'],
    env,
    layer: 'base',
    stopSignal: 'SIGTERM',
  })
  // The request for the list of names: length 1, then the letter n.
  await waitUntilReady(child, async () => (await ask(port, '\0\u0001n')) !== undefined)
}

function configuration(port: number, definitionsFile: string): string {
  return [
    `listeners.tcp.1 = 127.0.0.1:${port}`,
    `load_definitions = ${definitionsFile}`,
    'log.console = true',
    'log.console.level = warning',
    'log.file = false',
    'vm_memory_high_watermark.absolute = 512MB',
    'disk_free_limit.absolute = 100MB',
    '',
  ].join('\n')
}

/** The user, its password as RabbitMQ keeps it (salt and SHA-256), and the virtual hosts it may use. */
function definitions(password: string): string {
  const salt = randomBytes(4)
  const digest = createHash('sha256').update(salt).update(password).digest()
  const user = {
    name: USER,
    password_hash: Buffer.concat([salt, digest]).toString('base64'),
    hashing_algorithm: 'rabbit_password_hashing_sha256',
    tags: 'administrator',
  }
  const all = { configure: '.*', write: '.*', read: '.*' }
  return JSON.stringify({
    users: [user],
    vhosts: VHOSTS.map((name) => ({ name })),
    permissions: VHOSTS.map((vhost) => ({ user: USER, vhost, ...all })),
  })
}

/** Every path and port that RabbitMQ and Erlang would otherwise take from the system. */
function environment(home: string, ports: InfraPorts): Record<string, string> {
  return baseEnvironment({
    HOME: join(home, 'home'),
    ERL_EPMD_PORT: String(ports.epmd),
    ERL_EPMD_ADDRESS: '127.0.0.1',
    RABBITMQ_NODENAME: 'sup@localhost',
    RABBITMQ_NODE_PORT: String(ports.rabbitmq),
    RABBITMQ_NODE_IP_ADDRESS: '127.0.0.1',
    RABBITMQ_DIST_PORT: String(ports.rabbitmqDistribution),
    RABBITMQ_MNESIA_BASE: join(home, 'data'),
    RABBITMQ_LOG_BASE: join(home, 'log'),
    RABBITMQ_LOGS: '-',
    RABBITMQ_CONFIG_FILE: join(home, 'rabbitmq.conf'),
    RABBITMQ_ADVANCED_CONFIG_FILE: join(home, 'advanced.config'),
    RABBITMQ_CONF_ENV_FILE: join(home, 'no-such-file'),
    RABBITMQ_ENABLED_PLUGINS_FILE: join(home, 'enabled_plugins'),
    RABBITMQ_GENERATED_CONFIG_DIR: join(home, 'config'),
    RABBITMQ_SCHEMA_DIR: join(home, 'schema'),
    RABBITMQ_PID_FILE: join(home, 'pid'),
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '-kernel inet_dist_use_interface {127,0,0,1}',
  })
}
