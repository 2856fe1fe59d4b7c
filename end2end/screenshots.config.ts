import { defineConfig } from '@playwright/test';
import { browser, output } from './support/settings.ts';

// `cargo xtask screenshots`: pictures of every page with the demo data, for the documentation.
export default defineConfig({
  testDir: './screenshots',
  outputDir: `${output}/results`,
  globalSetup: './support/server.ts',
  workers: 1,
  timeout: 600_000,
  expect: { timeout: 30_000 },
  reporter: [['list']],
  use: browser,
});
