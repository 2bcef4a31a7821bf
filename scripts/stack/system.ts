import { findFfmpeg } from './ffmpeg.js'
import { type NginxOptions, startNginx } from './servers/nginx.js'
import { serviceEnvironment } from './service-environment.js'
import { type Instance, type RunningService, portsOf, startService } from './services.js'
import { loadSecrets } from './state.js'
import type { Opened, Stores } from './stores.js'

export type SystemPlan = {
  instances: readonly Instance[]
  /** Where nginx listens, and one more port when main-api has several instances; absent: no nginx. */
  nginx?: { port: number; addresses: readonly string[]; internalPort: number }
  publicUrl: string
  otherOrigins: readonly string[]
  nodeEnv: 'development' | 'production' | 'test'
  /** Wins over everything else. */
  env: Record<string, string>
}

/** The environment that all services of this system share, without the ports they listen on. */
export function systemEnvironment(
  opened: Opened,
  stores: Stores,
  plan: SystemPlan,
): Record<string, string> {
  const internal = portsOf(plan.instances, 'mainApi', 1)
  const balanced = internal.length > 1 ? plan.nginx?.internalPort : undefined
  const shared = serviceEnvironment({
    ...stores,
    ...plan,
    secrets: loadSecrets(opened.folder),
    internalUrl: `http://127.0.0.1:${balanced ?? internal[0] ?? 0}`,
    mediaUrl: `http://127.0.0.1:${portsOf(plan.instances, 'media')[0] ?? 0}`,
  })
  const ffmpeg = findFfmpeg()
  return { ...shared, ...(ffmpeg === undefined ? {} : { FFMPEG_PATH: ffmpeg }), ...plan.env }
}

/** Starts nginx before the instances of a plan, whether or not these run already. */
export async function startFront(
  opened: Opened,
  plan: SystemPlan,
  env: Record<string, string>,
): Promise<void> {
  if (plan.nginx === undefined) return
  const { port, addresses, internalPort } = plan.nginx
  const internal = portsOf(plan.instances, 'mainApi', 1)
  const options: NginxOptions = {
    folder: opened.folder,
    children: opened.children,
    port,
    addresses,
    upstreams: {
      mainApi: portsOf(plan.instances, 'mainApi'),
      websocket: portsOf(plan.instances, 'websocket'),
      media: portsOf(plan.instances, 'media'),
    },
    env,
    ...(internal.length > 1 ? { internal: { port: internalPort, ports: internal } } : {}),
  }
  await opened.progress.step('nginx', () => startNginx(options))
}

/** Starts every instance of a plan and waits until all are ready. */
export function startInstances(
  { children, progress }: Opened,
  plan: SystemPlan,
  env: Record<string, string>,
): Promise<RunningService[]> {
  return Promise.all(
    plan.instances.map((instance) => {
      const name = `${instance.key}${instance.index === 0 ? '' : ` ${instance.index + 1}`}`
      return progress.step(name, () => startService(children, instance, env))
    }),
  )
}
