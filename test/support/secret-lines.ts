/** Lines of a configuration; the part in ⟨ ⟩ is a secret. */
const lines = String.raw`userlist u
  user joe password ⟨$5$salt$hidden⟩
  user ann insecure-password ⟨hidden⟩
  user tom insecure-password ⟨hidden⟩
defaults
  mode http
  timeout connect 1s
  timeout client 1s
  timeout server 1s
backend b
  http-request set-header Authorization ⟨Basic\ hidden if { hdr(authorization) -m found }⟩
  http-request set-header "authorization" ⟨"Basic hidden"⟩
  http-request set-header X-Vault-Token ⟨hidden⟩
  http-request deny unless { hdr(Authorization) ⟨-m str Bearer\ hidden }⟩
  http-request redirect location https://⟨me:hidden⟩@files.test/x if FALSE
  http-request set-header X-Kept user:password
  http-request del-header Authorization
  stats auth ann:⟨hidden⟩
backend c
  option httpchk
  http-check send meth GET uri /health hdr Authorization ⟨"Basic hidden" hdr Host b.test⟩
backend d
  option httpchk
  http-check send meth GET uri /health hdr "X-Api-Key" ⟨hidden⟩
  http-request deny unless { http_auth_bearer,jwt_verify("HS256",⟨"hidden"⟩) -m int 1 }
  # option httpchk GET /health HTTP/1.1\r\nHost:\ d.test\r\nAuthorization:\ ⟨Basic\ hidden⟩
backend e
  mode tcp
  option tcp-check
  tcp-check send AUTH⟨\ hidden\r\n⟩
  tcp-check send "auth⟨ hidden\r\n"⟩
`;

/** The same as it may be shown. */
export const shownLines = lines.replaceAll(/⟨.*?⟩/g, '[redacted]');

/** The same with its secrets. */
export const secretLines = lines.replaceAll(/[⟨⟩]/g, '');
