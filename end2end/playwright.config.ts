import { defineConfig } from '@playwright/test';
import { browser, output, phone, desktop } from './support/settings.ts';

// One real server with a database of its own serves the whole run (support/server.ts).
export default defineConfig({
  testDir: './tests',
  outputDir: `${output}/results`,
  globalSetup: './support/server.ts',
  fullyParallel: true,
  // The server, its Postgres and the browsers share the machine with us.
  workers: 2,
  forbidOnly: true,
  // `xtask` says otherwise for the continuous integration.
  retries: 0,
  // Nothing here measures time: a machine that is small and busy only takes longer.
  timeout: 180_000,
  expect: { timeout: 30_000 },
  reporter: [
    ['list'],
    ...(process.env.PERENNIAL_E2E_REPORT
      ? ([['json', { outputFile: process.env.PERENNIAL_E2E_REPORT }]] as const)
      : []),
  ],
  use: {
    ...browser,
    actionTimeout: 30_000,
    navigationTimeout: 60_000,
    trace: 'retain-on-failure',
    screenshot: 'only-on-failure',
  },
  projects: [
    { name: 'desktop-light', use: { ...desktop, colorScheme: 'light' } },
    { name: 'phone-dark', use: { ...phone, colorScheme: 'dark' } },
    { name: 'no-js', use: { ...desktop, colorScheme: 'light', javaScriptEnabled: false } },
  ],
});
