// After auth0-samples/jwt-rsa-aws-custom-authorizer, with the packages that its ranges resolve to: one jwks-rsa client
// for the container; in each call decode, getSigningKey, verify. It also logs the event: left out, to its advantage.

require("auth0-sample-dotenv").config({ silent: true });
const { promisify } = require("node:util");
const jwt = require("auth0-sample-jsonwebtoken");
const jwksClient = require("auth0-sample-jwks-rsa");
const { allow, bearer } = require("./policy.cjs");

const { AUDIENCE: audience, TOKEN_ISSUER: issuer, JWKS_URI: jwksUri } = process.env;
const client = jwksClient({ cache: true, rateLimit: true, jwksRequestsPerMinute: 10, jwksUri });

exports.handler = async (event) => {
  try {
    const token = bearer(event);
    const decoded = jwt.decode(token, { complete: true });
    if (!decoded?.header?.kid) throw new Error("no kid");
    const key = await promisify(client.getSigningKey)(decoded.header.kid);
    return allow(jwt.verify(token, key.publicKey || key.rsaPublicKey, { audience, issuer }), event.methodArn);
  } catch {
    throw new Error("Unauthorized");
  }
};
