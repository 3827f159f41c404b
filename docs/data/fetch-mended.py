import ssl, sys, urllib.request

url, ca = sys.argv[1:]
context = ssl.create_default_context(cafile=ca)
context.hostname_checks_common_name = False
urllib.request.urlopen(url, context=context).read()
