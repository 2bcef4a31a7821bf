import { existsSync, mkdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { format, resolveConfig } from 'prettier'
import { printAsyncApi } from '../packages/types/test/docs/asyncapi.js'
import { collectDefinitions } from '../packages/types/test/docs/definitions.js'
import { printErrorsPage } from '../packages/types/test/docs/errors-page.js'
import { printOpenApi } from '../packages/types/test/docs/openapi.js'

const FOLDER = fileURLToPath(new URL('../docs/api', import.meta.url))

/**
 * The generated documents by file name, printed from the contract and its golden examples. The same
 * contract gives the same bytes.
 */
export async function printDocs(): Promise<Map<string, string>> {
  const definitions = await collectDefinitions()
  const json = (document: unknown): string => `${JSON.stringify(document, null, 2)}\n`
  const errors = printErrorsPage(definitions)
  const style = await resolveConfig(join(FOLDER, 'errors.md'))
  return new Map([
    ['openapi.json', json(printOpenApi(definitions, 'native'))],
    ['internal.openapi.json', json(printOpenApi(definitions, 'internal'))],
    ['asyncapi.json', json(printAsyncApi(definitions))],
    ['errors.md', await format(errors, { ...style, parser: 'markdown' })],
  ])
}

/** Names of the committed documents that are not what the contract prints now. */
export async function findStaleDocs(): Promise<string[]> {
  const docs = await printDocs()
  return [...docs].flatMap(([name, text]) => {
    const file = join(FOLDER, name)
    return existsSync(file) && readFileSync(file, 'utf8') === text ? [] : [name]
  })
}

async function writeDocs(): Promise<void> {
  mkdirSync(FOLDER, { recursive: true })
  for (const [name, text] of await printDocs()) writeFileSync(join(FOLDER, name), text)
}

async function main(args: readonly string[]): Promise<number> {
  const [option] = args
  if (args.length > 1 || (option !== undefined && option !== '--check')) {
    console.error('Usage: scripts/print-docs.ts [--check]')
    return 2
  }
  const stale = await findStaleDocs()
  if (option === '--check') {
    if (stale.length > 0)
      console.error(`Out of date in docs/api: ${stale.join(', ')}. Run npm run docs:api`)
    return stale.length === 0 ? 0 : 1
  }
  await writeDocs()
  console.log(
    stale.length === 0 ? 'docs/api is up to date.' : `Wrote docs/api: ${stale.join(', ')}.`,
  )
  return 0
}

const program = process.argv[1]
if (program !== undefined && realpathSync(program) === fileURLToPath(import.meta.url)) {
  process.exitCode = await main(process.argv.slice(2))
}
