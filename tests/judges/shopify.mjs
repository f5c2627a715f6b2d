// Shopify's own validator: a list of {secret, headers, body} on stdin, each body in base64; its verdicts on stdout.
import "@shopify/shopify-api/adapters/web-api";
import { shopifyApi, ApiVersion, LogSeverity } from "@shopify/shopify-api";
import { text } from "node:stream/consumers";

const verdicts = [];
for (const { secret, headers, body } of JSON.parse(await text(process.stdin))) {
  const shopify = shopifyApi({
    apiKey: "key",
    apiSecretKey: secret,
    hostName: "bridge.example.test",
    apiVersion: Object.values(ApiVersion)[0],
    isEmbeddedApp: false,
    logger: { level: LogSeverity.Error, log: () => {} },
  });
  const rawRequest = new Request("https://bridge.example.test/hooks/shop", { method: "POST", headers });
  const rawBody = Buffer.from(body, "base64").toString("utf-8");
  verdicts.push(await shopify.webhooks.validate({ rawBody, rawRequest }));
}
console.log(JSON.stringify(verdicts));
