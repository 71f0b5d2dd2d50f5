import react from '@vitejs/plugin-react';
import { build, defineConfig, type Plugin } from 'vite';
import { VitePWA } from 'vite-plugin-pwa';

/**
 * What the page may load. Only in the build: the development server needs inline scripts for hot reload. Trusted types are
 * not asked for: the service worker is registered by a script of the plugin that names it as a plain text.
 */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "connect-src 'self'",
  "style-src 'self'",
  "font-src 'self'",
  "img-src 'self' data:",
  "worker-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');

/** Paths that the server answers itself; neither the service worker nor the development server may stand in for it. */
const SERVER_PATHS = ['/sync', '/devices', '/admin', '/health', '/demo-tills.json'];

function contentSecurityPolicy(): Plugin {
  return {
    name: 'content-security-policy',
    apply: 'build',
    transformIndexHtml: () => [
      {
        tag: 'meta',
        attrs: { 'http-equiv': 'Content-Security-Policy', content: CONTENT_SECURITY_POLICY },
        injectTo: 'head-prepend',
      },
    ],
  };
}

/** Headers for every page, as Cloudflare's asset server reads them. A page cannot say `frame-ancestors` of itself. */
const HEADERS = `/*
  Content-Security-Policy: ${CONTENT_SECURITY_POLICY}; frame-ancestors 'none'
  Strict-Transport-Security: max-age=63072000; includeSubDomains
  X-Content-Type-Options: nosniff
  Referrer-Policy: no-referrer
/demo-tills.json
  Cache-Control: no-store
`;

function responseHeaders(): Plugin {
  return {
    name: 'response-headers',
    apply: 'build',
    generateBundle() {
      this.emitFile({ type: 'asset', fileName: '_headers', source: HEADERS });
    },
  };
}

/** The service worker is generated; what it does in the background is a script of its own, which it imports. */
const BACKGROUND_SCRIPT = 'background.js';

function backgroundScript(): Plugin {
  return {
    name: 'background-script',
    apply: 'build',
    async generateBundle() {
      const built = await build({
        configFile: false,
        publicDir: false,
        logLevel: 'warn',
        build: {
          write: false,
          target: 'es2023',
          chunkSizeWarningLimit: 3000,
          lib: {
            entry: 'src/background/worker.ts',
            formats: ['iife'],
            name: 'background',
            fileName: () => BACKGROUND_SCRIPT,
          },
        },
      });
      const [script] = [built].flat().flatMap((bundle) => ('output' in bundle ? bundle.output : []));
      if (script?.type !== 'chunk') throw new Error('src/background/worker.ts gave no script.');
      this.emitFile({ type: 'asset', fileName: BACKGROUND_SCRIPT, source: script.code });
    },
  };
}

export const plugins = [
  react(),
  contentSecurityPolicy(),
  responseHeaders(),
  backgroundScript(),
  VitePWA({
    registerType: 'autoUpdate',
    injectRegister: 'script-defer',
    includeAssets: ['icon.svg', 'apple-touch-icon.png'],
    manifest: {
      id: '/',
      name: 'Saltmarsh Till',
      short_name: 'Till',
      description: 'A restaurant till that keeps working when the network does not.',
      start_url: '/',
      display: 'standalone',
      background_color: '#f5f0e8',
      theme_color: '#12332f',
      icons: [
        { src: '/icon.svg', sizes: 'any', type: 'image/svg+xml' },
        { src: '/icon-192.png', sizes: '192x192', type: 'image/png' },
        { src: '/icon-512.png', sizes: '512x512', type: 'image/png' },
        { src: '/icon-maskable-512.png', sizes: '512x512', type: 'image/png', purpose: 'maskable' },
      ],
    },
    workbox: {
      importScripts: [BACKGROUND_SCRIPT],
      // The browser keeps what a service worker imports by itself.
      globIgnores: [BACKGROUND_SCRIPT],
      globPatterns: ['**/*.{js,css,html,svg,png,wasm}', '**/*-latin-wght-normal-*.woff2'],
      maximumFileSizeToCacheInBytes: 8 * 1024 * 1024,
      navigateFallback: '/index.html',
      navigateFallbackDenylist: SERVER_PATHS.map((path) => new RegExp(`^${path.replace('.', '\\.')}(/|\\?|$)`)),
      cleanupOutdatedCaches: true,
    },
  }),
];

// A config file is the one place where the tool asks for a default export.
export default defineConfig({
  plugins,
  build: { target: 'es2023', assetsInlineLimit: 0, chunkSizeWarningLimit: 3000 },
  server: {
    proxy: Object.fromEntries(SERVER_PATHS.map((path) => [path, 'http://127.0.0.1:8787'])),
  },
});
