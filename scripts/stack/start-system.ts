import { buildServices } from './build.js'
import { seedOnce } from './demo-people.js'
import { printExports, testVariables } from './infra-variables.js'
import { describePortHolder, isPortFree } from './ports.js'
import { announceStack } from './running-stack.js'
import { startMailSink } from './servers/mail-sink.js'
import { SERVICES, type Instance, type RunningService, planInstances } from './services.js'
import type { StartOptions } from './start-options.js'
import { StackError } from './stack-error.js'
import { type Opened, startStores } from './stores.js'
import { type SystemPlan, startFront, startInstances, systemEnvironment } from './system.js'
import { watchSources } from './watch.js'

const FRONT_PORT = 8080
const ONE_OF_EACH = { mainApi: 1, websocket: 1, media: 1, worker: 1 }

/** Starts what `npm start` was asked for and prints how to reach it; returns when all is up. */
export async function runSystem(opened: Opened, options: StartOptions): Promise<void> {
  const front = await chooseFront(opened.progress.say)
  const [stores, instances] = await Promise.all([
    startStores(opened),
    planInstances(ONE_OF_EACH, true),
    options.onlyInfra ? undefined : opened.progress.step('services compiled', buildServices),
  ])
  const plan = { ...planStart(front, instances), env: await startMailSink(opened) }
  const env = systemEnvironment(opened, stores, plan)
  await startFront(opened, plan, env)
  const test = testVariables(stores.infra)
  announceStack(opened.folder, {
    publicUrl: plan.publicUrl,
    test,
    services: { ...env, ...portVariables(instances) },
  })
  if (options.onlyInfra) {
    print(`\n${printExports({ ...env, ...portVariables(instances), ...test })}`)
    return
  }
  const services = await startInstances(opened, plan, env)
  const people = await seedOnce(opened.folder, plan.publicUrl, opened.progress)
  printAddresses(plan.publicUrl, services, people)
  if (options.watch) watchSources(services, opened.progress)
}

type Front = { port: number; addresses: string[] }

/** Port 8080, or the next one that is free; both loopback addresses where there are two. */
async function chooseFront(say: (line: string) => void): Promise<Front> {
  for (let port = FRONT_PORT; port < FRONT_PORT + 20; port += 1) {
    if (await isPortFree(port)) {
      const hasSix = await isPortFree(port, '::1')
      return { port, addresses: ['127.0.0.1', ...(hasSix ? ['[::1]'] : [])] }
    }
    say(`port ${port} is in use by ${describePortHolder(port)}; trying ${port + 1}`)
  }
  throw new StackError(
    `Ports ${FRONT_PORT} to ${FRONT_PORT + 19} are all in use`,
    'end one of the programs named above',
  )
}

function planStart(front: Front, instances: Instance[]): Omit<SystemPlan, 'env'> {
  const publicUrl = `http://localhost:${front.port}`
  return {
    instances,
    nginx: { ...front, internalPort: 0 },
    publicUrl,
    otherOrigins: [publicUrl.replace('localhost', '127.0.0.1')],
    nodeEnv: 'development',
  }
}

function portVariables(instances: readonly Instance[]): Record<string, string> {
  const pairs = instances.flatMap(({ key, ports }) =>
    SERVICES[key].ports.map(({ variable }, at) => [variable, String(ports[at])]),
  )
  return Object.fromEntries(pairs) as Record<string, string>
}

function printAddresses(
  publicUrl: string,
  services: readonly RunningService[],
  people: readonly { username: string; password: string }[],
): void {
  print(
    `\n  SUP     ${publicUrl}\n  REST    ${publicUrl}/api/v1\n  sockets ${publicUrl}/socket.io/`,
  )
  for (const { name, url } of services) print(`          ${url}/health  ${name}`)
  for (const { username, password } of people) print(`  log-in  ${username}  ${password}`)
  const isUsual = publicUrl === `http://localhost:${FRONT_PORT}`
  if (!isUsual) print(`\n  In every terminal first: export SUP_SERVER=${publicUrl}`)
  print('\n  Chat in two terminals: ./scripts/sup --help')
  print('  Mails it would send:   ./scripts/sup dev mail')
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}
