import { methodNotAllowed, notFound } from '@sup/types'
import type { RequestHandler } from 'express'
import { AppError } from './app-error.js'
import type { Served } from './serve.js'

/** Sorts endpoints so that a literal path segment wins over a parameter, whoever mounted first. */
export function bySpecificity(served: readonly Served[]): Served[] {
  return [...served].sort((a, b) => compare(segments(a.spec.path), segments(b.spec.path)))
}

function compare(a: readonly string[], b: readonly string[]): number {
  for (const [i, segment] of a.entries()) {
    const other = b[i]
    if (other === undefined) return 1
    const difference = Number(isParameter(segment)) - Number(isParameter(other))
    if (difference !== 0) return difference
  }
  return 0
}

/** Answers what no endpoint took: 405 with `Allow` where the path exists, else 404. */
export function fallback(served: readonly Served[]): RequestHandler {
  const known = served.map(({ spec }) => ({ method: spec.method, path: segments(spec.path) }))
  return (req) => {
    const path = segments(req.path)
    const methods = known.filter((one) => matches(one.path, path)).map(({ method }) => method)
    if (methods.length === 0) throw new AppError(notFound)
    const allowed = new Set(methods.map((method) => method.toUpperCase()))
    if (allowed.has('GET')) allowed.add('HEAD')
    throw new AppError(methodNotAllowed, undefined, {
      headers: { Allow: [...allowed].sort().join(', ') },
    })
  }
}

const matches = (template: readonly string[], path: readonly string[]): boolean =>
  template.length === path.length &&
  template.every((segment, i) => isParameter(segment) || segment === path[i])

/** Without the empty ends that leading and trailing slashes make. */
const segments = (path: string): string[] => path.replace(/^\/|\/$/g, '').split('/')

const isParameter = (segment: string): boolean => segment.startsWith(':')
