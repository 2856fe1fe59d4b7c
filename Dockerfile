# One image with the server and everything that browsers load from it.

FROM rust:1.95-bookworm AS build
RUN rustup target add wasm32-unknown-unknown
WORKDIR /src
COPY . .
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target \
    cargo run --package xtask -- build --release && \
    mkdir /out && cp target/release/perennial /out/ && cp -r site /out/site

FROM debian:bookworm-slim
RUN apt-get update && \
    apt-get install -y --no-install-recommends ca-certificates curl && \
    rm -rf /var/lib/apt/lists/* && \
    useradd --system --home-dir /var/lib/perennial --create-home perennial
COPY --from=build /out/perennial /usr/local/bin/perennial
COPY --from=build /out/site /usr/share/perennial/site
ENV PERENNIAL_ADDR=0.0.0.0:8080 \
    PERENNIAL_DATA_DIR=/var/lib/perennial \
    PERENNIAL_SITE_DIR=/usr/share/perennial/site
USER perennial
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s \
    CMD curl --fail --silent http://127.0.0.1:8080/readyz || exit 1
# There is no Postgres in the image: set DATABASE_URL.
ENTRYPOINT ["perennial"]
CMD ["serve"]
