import tseslint from 'typescript-eslint'

const selectors = (list) => list.map(([selector, message]) => ({ selector, message }))

const world = selectors([
  ['NewExpression[callee.name="Date"][arguments.length=0]', 'Take the time from deps.clock.'],
  ['MemberExpression[object.name="Date"][property.name="now"]', 'Take the time from deps.clock.'],
  [
    'MemberExpression[object.name="Math"][property.name="random"]',
    'Take randomness from node:crypto.',
  ],
  [
    'MemberExpression[object.name="process"][property.name="env"]',
    'Only config.ts reads the environment.',
  ],
  ['MemberExpression[object.name="console"]', 'Use deps.log.'],
])
const enums = selectors([['TSEnumDeclaration', 'Use a union of string literals.']])
const defaults = selectors([['ExportDefaultDeclaration', 'Export by name.']])

export default tseslint.config(
  { ignores: ['**/dist/**', '**/node_modules/**', '**/*.mjs', '**/*.cjs', '**/*.js'] },
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: {
      parserOptions: {
        project: [
          'tsconfig.tests.json',
          'packages/*/tsconfig.json',
          'services/*/tsconfig.json',
          'clients/*/tsconfig.json',
        ],
        tsconfigRootDir: import.meta.dirname,
      },
    },
  },
  {
    files: ['**/*.{ts,tsx,mts}'],
    rules: {
      'no-restricted-syntax': ['error', ...world, ...enums, ...defaults],
      'no-restricted-imports': [
        'error',
        {
          paths: [
            {
              name: '@sup/service-kit/postgres',
              importNames: ['pgp'],
              message: 'SQL lives in *-store.ts.',
            },
          ],
        },
      ],
      '@typescript-eslint/explicit-module-boundary-types': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      complexity: ['error', 10],
      'max-lines': ['error', { max: 300, skipBlankLines: false, skipComments: false }],
      'max-lines-per-function': ['error', { max: 60, skipBlankLines: false, skipComments: false }],
      'max-params': ['error', 4],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
    },
  },
  {
    files: [
      '**/{config,env,clock,log}.ts',
      ...['scripts/**', 'clients/**', 'tests/**', '**/test/**', '**/*.test.{ts,tsx}'],
    ],
    rules: { 'no-restricted-syntax': ['error', ...enums, ...defaults] },
  },
  {
    files: ['**/*.config.{ts,mts}'],
    rules: { 'no-restricted-syntax': ['error', ...world, ...enums] },
  },
  {
    files: ['**/*-store.ts', '**/test/**'],
    rules: {
      'no-restricted-imports': 'off',
      '@typescript-eslint/explicit-module-boundary-types': 'off',
    },
  },
  {
    files: ['**/*.test.{ts,tsx}', '**/test/**', 'tests/**', 'scripts/**'],
    rules: {
      'max-lines-per-function': 'off',
      'max-params': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-confusing-void-expression': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/explicit-module-boundary-types': 'off',
    },
  },
)
