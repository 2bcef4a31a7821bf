import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Progress } from './progress.js'
import { CHECKOUT } from './state.js'

type Person = { username: string; password: string }
type Seed = { seedDemoPeople: (options: { server: string }) => Promise<unknown> }

/** Makes the demo people on the first start of a state folder, and returns their log-ins. */
export async function seedOnce(
  folder: string,
  server: string,
  progress: Progress,
): Promise<Person[]> {
  const program = join(CHECKOUT, 'scripts/seed.ts')
  if (!existsSync(program)) {
    progress.say('scripts/seed.ts does not exist yet: no demo people')
    return []
  }
  const marker = join(folder, 'seeded')
  const seed = (await import(pathToFileURL(program).href)) as Seed
  if (!existsSync(marker)) {
    await progress.step('demo people', () => seed.seedDemoPeople({ server }))
    writeFileSync(marker, '')
  }
  return listPeople(seed)
}

/** Seeds export the people they make as DEMO_PEOPLE; without it there is nothing to print. */
function listPeople(seed: object): Person[] {
  if (!('DEMO_PEOPLE' in seed) || !Array.isArray(seed.DEMO_PEOPLE)) return []
  return seed.DEMO_PEOPLE as Person[]
}
