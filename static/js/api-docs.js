// Swagger UI on the desk's own schema. Signed-in staff try routes with their session: requests that write carry its CSRF token.

const place = document.getElementById("swagger-ui");
const dark = window.matchMedia("(prefers-color-scheme: dark)");
const SAFE = ["GET", "HEAD", "OPTIONS"];

function followScheme() {
  document.documentElement.classList.toggle("dark-mode", dark.matches);
}

followScheme();
dark.addEventListener("change", followScheme);

window.SwaggerUIBundle({
  url: place.dataset.schema,
  domNode: place,
  presets: [window.SwaggerUIBundle.presets.apis],
  layout: "BaseLayout",
  deepLinking: true,
  defaultModelsExpandDepth: 0,
  // No validator badge: it would be fetched from another site.
  validatorUrl: null,
  requestInterceptor(request) {
    if (!request.loadSpec && !SAFE.includes(request.method)) {
      request.headers["X-CSRFToken"] = place.dataset.csrf;
    }
    return request;
  },
});
