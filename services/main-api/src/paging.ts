import { AppError } from '@sup/service-kit/http'
import { type PageMeta, type PaginationParams, validationError } from '@sup/types'

const CURSOR = /^o(\d{1,9})$/

/**
 * Where a page of a list begins. The cursor of these lists is the number of rows before the page: they
 * are short and change rarely.
 *
 * @throws VALIDATION_ERROR with path `cursor`
 */
export function toOffset({ cursor, page, limit }: PaginationParams): number {
  if (cursor === undefined) return ((page ?? 1) - 1) * limit
  const match = CURSOR.exec(cursor)
  if (!match) {
    throw new AppError(validationError, [
      { path: 'cursor', message: 'is not a cursor of this list' },
    ])
  }
  return Number(match[1])
}

/** `meta` of a page that begins at `offset` and holds `count` of `total` rows. */
export function pageMeta(
  { limit, page }: PaginationParams,
  { offset, count, total }: { offset: number; count: number; total: number },
): PageMeta {
  const next = offset + count
  const hasMore = next < total
  return {
    limit,
    total,
    hasMore,
    ...(page === undefined ? {} : { page }),
    ...(hasMore ? { nextCursor: `o${String(next)}` } : {}),
    ...(offset > 0 ? { prevCursor: `o${String(Math.max(0, offset - limit))}` } : {}),
  }
}
