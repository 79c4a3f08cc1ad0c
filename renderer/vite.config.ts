import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

/** The page, as files that the lab service (or Electron's own protocol) serves under a policy without any inline code. */
export default defineConfig({
  root: import.meta.dirname,
  base: "./",
  plugins: [react()],
  logLevel: "warn",
  build: {
    outDir: "../dist/renderer",
    emptyOutDir: true,
    target: "chrome120",
    // `script-src 'self'` allows neither an inlined polyfill nor data: scripts
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 1200,
  },
});
