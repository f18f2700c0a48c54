/** Lines of a configuration; the part in ⟨ ⟩ is a secret. */
const lines = String.raw`userlist u
  user joe password ⟨$5$salt$hidden⟩
  user ann insecure-password ⟨hidden⟩
  user "tom" "insecure-password" ⟨hidden⟩
  user eve p\x61ssword ⟨$5$salt$hidden⟩
defaults
  mode http
  timeout connect 1s
  timeout client 1s
  timeout server 1s
backend b
  balance roundrobin
  http-request set-header Authorization ⟨Basic\ hidden if { hdr(authorization) -m found }⟩
  http-request set-header "authorization" ⟨"Basic hidden"⟩
  http-request set-header X-Vault-Token ⟨hidden⟩
  http-request set-header X-Auth-Key ⟨hidden⟩
  http-request add-header X-Bearer ⟨"Bearer hidden"⟩
  http-request set-header Cookie ⟨session=hidden⟩
  http-response set-header Set-Cookie ⟨session=hidden⟩
  http-request set-header X-Other ⟨user:hidden⟩
  http-request deny unless { hdr(Authorization) ⟨-m str Bearer\ hidden }⟩
  http-request deny unless { req.hdr(x-key) ⟨hidden }⟩
  http-request deny unless { req.cook(session) ⟨hidden }⟩
  http-request deny unless { url_param(token) ⟨hidden }⟩
  acl known hdr(X-Partner) ⟨hidden⟩
  http-request redirect location https://⟨me:hidden⟩@files.test/x if FALSE
  http-request set-path /x?api_key=⟨hidden⟩
  http-request set-var(txn.password) ⟨str(hidden)⟩
  http-request set-var-fmt(txn.a) ⟨"hidden"⟩
  http-request set-var(txn.b) path,hmac(⟨sha1,aGlkZGVu)⟩
  http-request set-var(txn.c) path,aes_gcm_dec(⟨128,txn.nonce,aGlkZGVuaGlkZGVuaGlkZA==,txn.tag)⟩
  http-request del-header Authorization
  http-request set-header X-Forwarded-Port %[dst_port]
  http-request set-header Host shop.test
  http-response set-header X-Frame-Options DENY
  acl shop hdr(host) -i shop.test
  http-request replace-path ^/app(/|$)(.*) /\2
  dynamic-cookie-key ⟨hidden⟩
  cookie srv insert indirect nocache dynamic
  stats auth ann:⟨hidden⟩
backend c
  option httpchk
  http-check send meth GET uri /health hdr Authorization ⟨"Basic hidden" hdr Host b.test⟩
backend d
  option httpchk
  http-check send meth GET uri /health hdr Host d.test hdr "X-Api-Key" ⟨hidden⟩
  http-request deny unless { http_auth_bearer,jwt_verify(⟨"HS256","hidden") -m int 1 }⟩
  # option httpchk GET /health HTTP/1.1\r\n⟨Host:\ d.test\r\nAuthorization:\ Basic\ hidden⟩
backend e
  mode tcp
  option tcp-check
  tcp-check send ⟨AUTH\ hidden\r\n⟩
  tcp-check send ⟨"auth hidden\r\n"⟩
backend f
  option httpchk GET /health?key=⟨hidden⟩
  acl ⟦long⟧[redacted] (2123 characters)
`;

/** A line that is too long to be read for secrets: it is hidden but for its first word. */
const long = `long path /hidden${'x'.repeat(2100)}`;

/** The same as it may be shown. */
export const shownLines = lines.replaceAll(/⟨.*?⟩/g, '[redacted]').replace('⟦long⟧', '');

/** The same with its secrets. */
export const secretLines = lines.replaceAll(/[⟨⟩]/g, '').replace(/⟦long⟧.*/, long);
