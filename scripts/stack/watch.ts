import { watch } from 'node:fs'
import { join } from 'node:path'
import { buildServices } from './build.js'
import type { Progress } from './progress.js'
import type { RunningService } from './services.js'
import { describeError } from './stack-error.js'
import { CHECKOUT } from './state.js'

/** An editor writes several files, and each several times; one build serves them all. */
const QUIET_MS = 300

/**
 * Compiles when a source changes and restarts what is affected: the service whose source it was, or
 * all for a shared package. A source that does not compile leaves the running services as they are.
 */
export function watchSources(services: readonly RunningService[], progress: Progress): void {
  const changed = new Set<string>()
  let timer: NodeJS.Timeout | undefined
  let work = Promise.resolve()
  const rebuild = async (): Promise<void> => {
    const folders = [...changed]
    changed.clear()
    try {
      await progress.step(`compiled ${folders.join(', ')}`, buildServices)
      const affected = services.filter(
        ({ name }) => folders.includes(name) || folders.includes('packages'),
      )
      await Promise.all(affected.map((service) => restart(service, progress)))
    } catch (error) {
      progress.say(describeError(error))
    }
  }
  const note = (folder: string): void => {
    changed.add(folder)
    clearTimeout(timer)
    timer = setTimeout(() => {
      work = work.then(rebuild)
    }, QUIET_MS)
  }
  for (const { name } of services)
    watchFolder(join('services', name, 'src'), () => {
      note(name)
    })
  for (const name of ['types', 'service-kit']) {
    watchFolder(join('packages', name, 'src'), () => {
      note('packages')
    })
  }
  progress.say('watching the sources of the services')
}

function watchFolder(folder: string, onChange: () => void): void {
  watch(join(CHECKOUT, folder), { recursive: true }, (_event, file) => {
    if (file?.endsWith('.ts') === true && !file.endsWith('.test.ts')) onChange()
  })
}

async function restart(service: RunningService, progress: Progress): Promise<void> {
  await progress.step(`${service.name} restarted`, service.restart)
}
