import type { Children } from './children.js'
import { makeDatabase, migrateDatabase } from './database.js'
import { type Infra, startServers } from './infra.js'
import type { Progress } from './progress.js'
import { loadSecrets } from './state.js'

/** A state folder with the lock taken, and what may be started in it. */
export type Opened = { folder: string; children: Children; progress: Progress }

export type Stores = {
  infra: Infra
  /** The services' database, as their role. */
  databaseUrl: string
}

/** Starts the servers and brings the services' database to the newest schema. */
export async function startStores({ folder, children, progress }: Opened): Promise<Stores> {
  const secrets = loadSecrets(folder)
  let databaseUrl = ''
  const infra = await startServers({ folder, children, secrets, progress }, (postgresUrl) =>
    progress.step('database migrated', async () => {
      databaseUrl = await makeDatabase(postgresUrl, secrets.databasePassword)
      await migrateDatabase(databaseUrl, progress)
    }),
  )
  return { infra, databaseUrl }
}
