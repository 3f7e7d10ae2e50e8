# The gateway, and every other command, on a Node that has SQLite built in: nothing is compiled, and no install script runs.
FROM node:24.21.0-bookworm-slim AS build
WORKDIR /build
COPY package.json package-lock.json ./
COPY web/package.json ./web/
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY tsconfig.json ./
COPY scripts/build.mjs ./scripts/
COPY src ./src
COPY web ./web
RUN node scripts/build.mjs
# What runs needs the dependencies, and the driver for PostgreSQL: each as the lock file has it.
RUN npm pkg set "dependencies.pg=$(node --print 'require("./package.json").devDependencies.pg')" \
 && npm pkg delete workspaces devDependencies peerDependencies peerDependenciesMeta \
 && npm prune --ignore-scripts --omit=optional --no-audit --no-fund \
 && find node_modules -type d -empty -delete

FROM node:24.21.0-bookworm-slim
ENV NODE_ENV=production \
    TOKENLEDGER_DATABASE_URL=sqlite:///var/lib/tokenledger/book.db
COPY --from=build /build/package.json /opt/tokenledger/package.json
COPY --from=build /build/node_modules /opt/tokenledger/node_modules
COPY --from=build /build/dist /opt/tokenledger/dist
COPY LICENSE /opt/tokenledger/LICENSE
RUN ln -s /opt/tokenledger/dist/cli/main.js /usr/local/bin/tokenledger \
 && install --directory --owner=node --group=node --mode=0700 /var/lib/tokenledger
# The user "node" of the image, by number: so a cluster can see that it is not root.
USER 1000:1000
# The configuration is looked for here, the book lives in the volume.
WORKDIR /etc/tokenledger
VOLUME ["/var/lib/tokenledger"]
EXPOSE 4180
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
  CMD ["node", "--eval", "fetch('http://127.0.0.1:4180/health', { signal: AbortSignal.timeout(4000) }).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
# No shell between: signals reach the program, which ends within 25 seconds.
ENTRYPOINT ["node", "/opt/tokenledger/dist/cli/main.js"]
CMD ["serve", "--host", "0.0.0.0"]
