import { existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Child, type Children, baseEnvironment, runOnce, waitUntilReady } from '../children.js'
import { findProgram } from '../packages.js'
import { makeServerFolder, writeServerFile } from '../state.js'
import { ask, getStatus } from '../wire.js'
import { cephConfiguration } from './ceph-config.js'
import type { ServerNeeds } from './server.js'

// The names of the cluster and of its one disk inside the state folder; they are seen nowhere else.
const CLUSTER_ID = '6f1dd1a4-2f0b-4c57-9d4e-8a5b2c3d4e5f'
const DISK_ID = '3b9f7c6e-1a2d-4e8f-b0c1-5d6e7f8a9b0c'

type Keys = { accessKey: string; secretKey: string }
type Cluster = {
  home: string
  monitorPort: number
  run: (program: string, ...args: string[]) => Promise<string>
}

/**
 * Starts the smallest Ceph that serves S3: one monitor, one disk (a sparse file), one gateway.
 * Debian has no other S3 server that checks signatures.
 */
export async function startCeph(
  { folder, children, ports }: ServerNeeds,
  keys: Keys,
): Promise<void> {
  const home = makeServerFolder(join(folder, 'ceph'))
  for (const name of ['mon', 'osd', 'rgw', 'run', 'log']) makeServerFolder(join(home, name))
  const config = join(home, 'ceph.conf')
  writeServerFile(
    config,
    cephConfiguration({ home, clusterId: CLUSTER_ID, classFolder: findClassFolder(), ports }),
  )
  const env = baseEnvironment({ HOME: home })
  const cluster: Cluster = {
    home,
    monitorPort: ports.monitor,
    run: (program, ...args) => runOnce(findProgram(program) ?? program, args, env),
  }
  await prepareMonitor(cluster, config)
  await startMonitor(children, config, ports.monitor)
  await startDisk(children, cluster, config)
  await makeUser(cluster, config, keys)
  const gateway = startGateway(children, config)
  await waitUntilReady(
    gateway,
    async () => (await getStatus(`http://127.0.0.1:${ports.s3}/`)) === 200,
  )
}

/** The address of a monitor is part of its data: made on the first start, changed when the port did. */
async function prepareMonitor({ home, monitorPort, run }: Cluster, config: string): Promise<void> {
  const marker = join(home, 'monitor-port')
  const isNew = !existsSync(marker)
  if (!isNew && readFileSync(marker, 'utf8') === String(monitorPort)) return
  const map = join(home, 'monmap')
  const address = `[v2:127.0.0.1:${monitorPort}/0]`
  await run(
    'monmaptool',
    '--create',
    '--clobber',
    '--fsid',
    CLUSTER_ID,
    '--addv',
    'a',
    address,
    map,
  )
  if (isNew) {
    // A first start that was interrupted left a half-made store behind.
    rmSync(join(home, 'mon'), { recursive: true, force: true })
    makeServerFolder(join(home, 'mon'))
    await run('ceph-mon', '-c', config, '--mkfs', '-i', 'a', '--monmap', map)
  } else {
    await run('ceph-mon', '-c', config, '-i', 'a', '--inject-monmap', map)
  }
  writeFileSync(marker, String(monitorPort))
}

async function startMonitor(children: Children, config: string, port: number): Promise<void> {
  const child = children.start({
    name: 'ceph-mon',
    command: findProgram('ceph-mon') ?? 'ceph-mon',
    args: ['-c', config, '-i', 'a', '-f'],
    layer: 'base',
    stopSignal: 'SIGTERM',
  })
  // A monitor speaks first; any bytes do for a question.
  await waitUntilReady(child, async () => (await ask(port, '')) !== undefined)
}

async function startDisk(
  children: Children,
  { home, run }: Cluster,
  config: string,
): Promise<void> {
  const marker = join(home, 'disk-made')
  if (!existsSync(marker)) {
    rmSync(join(home, 'osd'), { recursive: true, force: true })
    makeServerFolder(join(home, 'osd'))
    await run('ceph', '-c', config, 'osd', 'new', DISK_ID)
    await run('ceph-osd', '-c', config, '-i', '0', '--mkfs', '--osd-uuid', DISK_ID)
    writeFileSync(marker, '')
  }
  const log = join(home, 'log/osd.0.log')
  rmSync(log, { force: true })
  const child = children.start({
    name: 'ceph-osd',
    command: findProgram('ceph-osd') ?? 'ceph-osd',
    args: ['-c', config, '-i', '0', '-f'],
    layer: 'storage',
    stopSignal: 'SIGTERM',
  })
  // A gateway that starts before the disk is active waits ten seconds for its next attempt.
  await waitUntilReady(child, () => Promise.resolve(isActive(log)))
}

function isActive(log: string): boolean {
  return existsSync(log) && readFileSync(log, 'utf8').includes('state: booting -> active')
}

async function makeUser({ home, run }: Cluster, config: string, keys: Keys): Promise<void> {
  const marker = join(home, 'user-made')
  if (existsSync(marker)) return
  const names = ['--uid=sup', '--display-name=sup']
  const secrets = [`--access-key=${keys.accessKey}`, `--secret-key=${keys.secretKey}`]
  await run('radosgw-admin', '-c', config, 'user', 'create', ...names, ...secrets)
  writeFileSync(marker, '')
}

function startGateway(children: Children, config: string): Child {
  return children.start({
    name: 'ceph-gateway',
    command: findProgram('radosgw') ?? 'radosgw',
    args: ['-c', config, '-n', 'client.rgw', '-f'],
    layer: 'server',
    // Its own shutdown takes 5 to 15 s, and it keeps nothing that a kill could lose.
    stopSignal: 'SIGKILL',
  })
}

/** Debian 13 ships a relative default for this folder that does not work. */
function findClassFolder(): string | undefined {
  const libraries = '/usr/lib'
  return readdirSync(libraries)
    .map((name) => join(libraries, name, 'rados-classes'))
    .find((folder) => existsSync(folder))
}
