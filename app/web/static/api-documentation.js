/** Starts Swagger UI on /docs. Nothing is sent to a validator elsewhere. */

/** The bundle of /assets/swagger-ui, loaded before this. @type {{ SwaggerUIBundle(options: object): void }} */
const { SwaggerUIBundle } = /** @type {any} */ (globalThis);

SwaggerUIBundle({
  url: "/api/v1/openapi.json",
  dom_id: "#api",
  validatorUrl: null,
  deepLinking: true,
  tryItOutEnabled: true,
});
