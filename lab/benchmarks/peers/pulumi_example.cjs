// After pulumi/examples aws-ts-apigateway-auth0: the same steps, but the jwks-rsa client, and with it its cache, is made
// anew in each call. It also logs the event: left out, to its advantage.

const jwt = require("jsonwebtoken");
const jwksClient = require("jwks-rsa");
const { allow, bearer } = require("./policy.cjs");

const { AUDIENCE: audience, TOKEN_ISSUER: issuer, JWKS_URI: jwksUri } = process.env;

exports.handler = async (event) => {
  try {
    const token = bearer(event);
    const decoded = jwt.decode(token, { complete: true });
    if (!decoded?.header?.kid) throw new Error("no kid");
    const client = jwksClient({ cache: true, rateLimit: true, jwksRequestsPerMinute: 10, jwksUri });
    const key = await client.getSigningKey(decoded.header.kid);
    return allow(jwt.verify(token, key.getPublicKey(), { audience, issuer }), event.methodArn);
  } catch {
    throw new Error("Unauthorized");
  }
};
