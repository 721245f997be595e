/** Starts Swagger UI on /docs. Nothing is sent to a validator elsewhere. */

globalThis.SwaggerUIBundle({
  url: "/api/v1/openapi.json",
  dom_id: "#api",
  validatorUrl: null,
  deepLinking: true,
  tryItOutEnabled: true,
});
